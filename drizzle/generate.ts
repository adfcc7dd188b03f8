/** Writes the next migration of every schema that has changed since its last one, the examples' too. Takes `--name`. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** Each schema exists twice, as `<schema>-sqlite.ts` and `<schema>-postgres.ts`, and so do its migrations. */
const SCHEMAS = {
  'drizzle/app': 'jwt-middleware/src/stores/user-schema',
  'drizzle/app/state': 'jwt-middleware/src/stores/state-schema',
  'drizzle/auth': 'auth-service/src/platform/database/schema',
}

for (const [folder, schema] of Object.entries(SCHEMAS)) {
  generate(['--dialect=postgresql', `--schema=${schema}-postgres.ts`, `--out=${folder}/postgres`])
  generate(['--dialect=sqlite', `--schema=${schema}-sqlite.ts`, `--out=${folder}/sqlite`])
}
for (const config of globSync('examples/*/drizzle.config.ts', { cwd: root }).sort()) {
  generate([`--config=${config}`])
}

// drizzle-kit names the schema in foreign keys. Tables belong in the first schema of the connection's search_path.
for (const file of globSync(['drizzle/**/*.sql', 'examples/*/drizzle/**/*.sql'], { cwd: root })) {
  const path = resolve(root, file)
  const sql = readFileSync(path, 'utf8')
  if (sql.includes('"public".')) writeFileSync(path, sql.replaceAll('"public".', ''))
}

await import('./embed.ts')

function generate(options: readonly string[]): void {
  console.log(`\n── ${options.at(-1)}`)
  const { status } = spawnSync('drizzle-kit', ['generate', ...options, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    // Schemas import each other's columns from the sources, not from the build.
    env: { ...process.env, NODE_OPTIONS: '--conditions=@latchkey/source' },
  })
  if (status !== 0) process.exit(1)
}
