import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, expect, it } from 'vitest'
import { MIGRATIONS_TABLE } from '../../../../auth-service/src/platform/database/migrations.ts'
import { freshPostgres } from '../../../support/database.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { onBothDatabases, sqliteFiles } from '../../support/services.ts'

const latchkey = useLatchkey()
const files = sqliteFiles()
afterAll(files.remove)

const all = (dialect: string) =>
  readdirSync(resolve(import.meta.dirname, '../../../../drizzle/auth', dialect))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace('.sql', ''))

it.each([
  ['sqlite', files.empty],
  ['postgres', freshPostgres],
])(
  'creates all tables of %s, lists the migrations, and does nothing the second time',
  async (dialect, empty) => {
    const env = { DATABASE_URL: await empty() }
    const names = all(dialect)
    expect(await latchkey(['migrate'], { env })).toEqual({
      code: 0,
      out: [`Applied ${names.length} of ${names.length} migrations:`, ...names].join('\n  '),
      err: '',
    })
    expect((await latchkey(['migrate'], { env })).out).toBe(
      `Nothing to do: all migrations are applied (${names.length}).`,
    )
  },
)

it('prints its result for programs', async () => {
  const env = { DATABASE_URL: await files.empty() }
  const names = all('sqlite')
  const told = async () => JSON.parse((await latchkey(['migrate', '--json'], { env })).out)
  expect(await told()).toEqual({ applied: names, all: names, newer: false })
  expect(await told()).toEqual({ applied: [], all: names, newer: false })
})

onBothDatabases('migrate', (open) => {
  it('changes nothing that a newer version created', async () => {
    const service = await open()
    const table = sql.identifier(MIGRATIONS_TABLE)
    const { database } = service
    const run = (statement: ReturnType<typeof sql>) => database.transaction(() => [statement])
    await run(sql`INSERT INTO ${table} (id, hash, created_at) VALUES (1000, 'x', 9999999999999)`)
    const { out } = await latchkey(['migrate'], { env: { DATABASE_URL: service.config.databaseUrl } })
    expect(out).toContain('A newer version')
    await run(sql`DELETE FROM ${table} WHERE id = 1000`)
  })
})
