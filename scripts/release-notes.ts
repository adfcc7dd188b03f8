/**
 * Prints what `CHANGELOG.md` says about the packages' version. With `--date`, gives its unreleased part that version,
 * which `changeset version` has set, and today's date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { dateUnreleased, notesOf } from './changelog.ts'

const root = resolve(import.meta.dirname, '..')
const file = join(root, 'CHANGELOG.md')

const { date } = parseArgs({ options: { date: { type: 'boolean' } } }).values
const { version } = JSON.parse(readFileSync(join(root, 'jwt-middleware/package.json'), 'utf8')) as {
  version: string
}
const changelog = readFileSync(file, 'utf8')
if (date) {
  writeFileSync(file, dateUnreleased(changelog, version, new Date().toISOString().slice(0, 10)))
  console.log(`CHANGELOG.md: what was unreleased is ${version} now.`)
} else {
  console.log(notesOf(changelog, version))
}
