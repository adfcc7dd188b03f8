import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const artefacts = resolve(import.meta.dirname, '../../../artefacts')
const kit = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs')

/** An app that uses the real drizzle-kit on its schema. */
export interface KitApp {
  /** The folder with its migrations. */
  readonly migrations: URL
  /** Runs a command of drizzle-kit; returns what it prints. Rejects with that if it fails. */
  run(...args: string[]): Promise<string>
  /** Replaces the file of its tables. */
  setTables(tables: string): void
  remove(): void
}

export interface KitOptions {
  readonly dialect: 'sqlite' | 'postgresql'
  readonly url: string
  readonly tables: string
  /** What the configuration says besides: TypeScript. */
  readonly config?: string
}

/** Writes an app with `drizzle.config.ts` and `tables.ts`, where packages resolve as in this repository. */
export function createKitApp({ dialect, url, tables, config = '' }: KitOptions): KitApp {
  mkdirSync(artefacts, { recursive: true })
  const folder = mkdtempSync(join(artefacts, 'kit-'))
  const entry = dialect === 'sqlite' ? 'sqlite' : 'postgres'
  const setTables = (text: string) => writeFileSync(join(folder, 'tables.ts'), text)
  setTables(tables)
  writeFileSync(
    join(folder, 'drizzle.config.ts'),
    `import { latchkeyTables } from '@latchkey/jwt-middleware/${entry}'
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: '${dialect}',
  schema: './tables.ts',
  out: './drizzle',
  dbCredentials: { url: ${JSON.stringify(url)} },
  ${config}
})
void latchkeyTables
`,
  )
  return {
    migrations: pathToFileURL(join(folder, 'drizzle/')),
    setTables,
    run: (...args) =>
      new Promise((done, fail) => {
        const env = { ...process.env, NODE_OPTIONS: '--conditions=@latchkey/source' }
        execFile(process.execPath, [kit, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
          const output = stdout + stderr
          // push prints a failure and exits with 0.
          if (error || /^\w*Error: /m.test(output)) fail(new Error(output))
          else done(output)
        })
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** An app's notes, with a foreign key that deletes them with their user. */
export const notesTables = (dialect: KitOptions['dialect'], more = ''): string =>
  dialect === 'sqlite'
    ? `import { users } from '@latchkey/jwt-middleware/sqlite'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const notes = sqliteTable('notes', {
  id: integer('id').primaryKey(),
  userId: integer('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
  text: text('text').notNull(),
})
${more}
`
    : `import { users } from '@latchkey/jwt-middleware/postgres'
import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core'

export const notes = pgTable('notes', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  userId: bigint('user_id', { mode: 'number' }).notNull().references(() => users.id, { onDelete: 'cascade' }),
  text: text('text').notNull(),
})
${more}
`
