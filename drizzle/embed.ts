/** Writes the middleware's own migrations as code: apps may bundle it, and bundlers leave files behind. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const FOLDERS = { users: '', state: 'state/' }
const DIALECTS = ['sqlite', 'postgres']
const target = resolve(import.meta.dirname, '../jwt-middleware/src/stores/shipped-sql.ts')

interface Journal {
  readonly entries: readonly { readonly when: number; readonly tag: string }[]
}

function migrationsIn(folder: string): { when: number; sql: string }[] {
  const read = (name: string) => readFileSync(resolve(import.meta.dirname, 'app', folder, name), 'utf8')
  const { entries } = JSON.parse(read('meta/_journal.json')) as Journal
  return entries.map(({ when, tag }) => ({ when, sql: read(`${tag}.sql`) }))
}

const all = Object.fromEntries(
  Object.entries(FOLDERS).map(([what, folder]) => [
    what,
    Object.fromEntries(DIALECTS.map((dialect) => [dialect, migrationsIn(folder + dialect)])),
  ]),
)
const code = `/** The migrations of \`drizzle/app\`. Written by \`npm run migrations\`. */
export const SHIPPED_SQL = ${JSON.stringify(all)}
`
writeFileSync(target, code)
const shell = process.platform === 'win32'
spawnSync('biome', ['check', '--write', target], { stdio: 'inherit', shell })
