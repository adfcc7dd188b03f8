import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { databaseTrouble } from '../../../../auth-service/src/platform/database/explain-db-error.ts'
import { freshPostgres } from '../../../support/database.ts'
import { createRole, runAsOwner } from '../../../support/role.ts'
import { openService, testConfig } from '../../support/services.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-trouble-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The remedy that a service prints when it starts on that database. */
async function remedyOf(databaseUrl: string): Promise<unknown> {
  const error = await openService(testConfig({ databaseUrl })).then(
    () => null,
    (reason: unknown) => reason,
  )
  return databaseTrouble(error)?.remedy ?? (error as Error | null)?.message
}

describe('A service that cannot start on its database explains what to do', () => {
  it('on Postgres, if its role may not create tables', async () => {
    const { url } = await createRole(await freshPostgres())
    expect(await remedyOf(url)).toMatch(/owner of the tables.*CREATE SCHEMA latchkey AUTHORIZATION/)
  })

  it('on Postgres, if the search_path names no existing schema', async () => {
    const { url } = await createRole(await freshPostgres(), 'ALTER ROLE {role} SET search_path = gone')
    expect(await remedyOf(url)).toMatch(/CREATE SCHEMA latchkey AUTHORIZATION/)
  })

  it('on Postgres, if another program has tables of the same names', async () => {
    const url = await freshPostgres()
    await runAsOwner(url, 'CREATE TABLE users (id integer)')
    expect(await remedyOf(url)).toMatch(
      /^The database contains conflicting tables of another program.*its own database or schema/,
    )
  })

  it('on Postgres, if everything is read-only', async () => {
    const { url } = await createRole(
      await freshPostgres(),
      'GRANT ALL ON SCHEMA public TO {role}',
      'ALTER ROLE {role} SET default_transaction_read_only = on',
    )
    expect(await remedyOf(url)).toMatch(/primary.*default_transaction_read_only/)
  })

  it('on SQLite, if the file belongs to another program, is no database, or is a folder', async () => {
    const other = new SQLite(join(folder, 'other.sqlite'))
    other.exec('CREATE TABLE users (id INTEGER)')
    other.close()
    expect(await remedyOf(`file:${folder}/other.sqlite`)).toMatch(
      /^The database contains conflicting tables of another program.*DATABASE_URL/,
    )
    writeFileSync(join(folder, 'text.sqlite'), 'this is no database at all, but a file of text'.repeat(50))
    expect(await remedyOf(`file:${folder}/text.sqlite`)).toMatch(/^Set DATABASE_URL to the database/)
    expect(await remedyOf(`file:${folder}`)).toMatch(/DATABASE_URL is the file .*choose another file/)
  })
})
