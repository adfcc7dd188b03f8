/** Gives the unreleased part of `CHANGELOG.md` the version that `changeset version` has set, and today's date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const changelog = join(root, 'CHANGELOG.md')
const UNRELEASED = '## [Unreleased]\n'

const { version } = JSON.parse(readFileSync(join(root, 'jwt-middleware/package.json'), 'utf8')) as {
  version: string
}
const text = readFileSync(changelog, 'utf8')
if (text.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md has a part for ${version} already.`)
if (!text.includes(UNRELEASED)) throw new Error('CHANGELOG.md has no part "## [Unreleased]".')
const today = new Date().toISOString().slice(0, 10)
writeFileSync(changelog, text.replace(UNRELEASED, `${UNRELEASED}\n## [${version}] - ${today}\n`))
console.log(`CHANGELOG.md: what was unreleased is ${version} now.`)
