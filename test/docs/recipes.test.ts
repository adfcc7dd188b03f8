import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type StoreUnderTest, userStoreCases } from '@latchkey/jwt-middleware/testing'
import { PrismaPg } from '@prisma/adapter-pg'
import Database from 'better-sqlite3'
import { Kysely, MysqlDialect, PostgresDialect, SqliteDialect } from 'kysely'
import { createPool } from 'mysql2'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { COLUMNS, type Row, rowsIn, withFlags } from '../jwt-middleware/stores/sqlite-rows.ts'
import { freshPostgres } from '../support/database.ts'
import { type MariadbServer, startMariadb } from '../support/mariadb.ts'
import { PrismaClient } from './prisma/generated/client.ts'
import { codeOf, moduleOf } from './recipe-modules.ts'

const PAGE = 'docs/recipes/other-stores.md'

/** On Postgres, as the page has it. */
const POSTGRES_TABLE = codeOf(PAGE, 'GENERATED ALWAYS AS IDENTITY')
/** "On SQLite it is the same with `id integer PRIMARY KEY AUTOINCREMENT`." */
const TABLE = POSTGRES_TABLE.replace(/id bigint .*,/, 'id integer PRIMARY KEY AUTOINCREMENT,')

describe('The store of docs/recipes/other-stores.md for Kysely', () => {
  let kyselyUsers: (db: unknown) => StoreUnderTest['users']
  beforeAll(async () => {
    const page = await moduleOf(PAGE, 'kyselyUsers')
    kyselyUsers = page.kyselyUsers as typeof kyselyUsers
  })

  const open = () => {
    const database = new Database(':memory:')
    database.exec(TABLE)
    const db = new Kysely({ dialect: new SqliteDialect({ database }) })
    return { users: kyselyUsers(db), ...rowsIn(database, 'app_users'), close: () => db.destroy() }
  }

  for (const { name, run } of userStoreCases(open, ['remove'])) it(name, run)
})

describe('The store of docs/recipes/other-stores.md for Kysely, on Postgres', () => {
  let kyselyUsers: (db: unknown) => StoreUnderTest['users']
  beforeAll(async () => {
    const page = await moduleOf(PAGE, 'kyselyUsers')
    kyselyUsers = page.kyselyUsers as typeof kyselyUsers
  })

  const open = async () => {
    const pool = new pg.Pool({ connectionString: await freshPostgres() })
    await pool.query(POSTGRES_TABLE)
    const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
    return {
      users: kyselyUsers(db),
      async rows() {
        const { rows } = await pool.query('SELECT * FROM app_users ORDER BY id')
        return rows.map((row) => ({
          ...row,
          firstName: row.first_name,
          lastName: row.last_name,
          isStaff: row.is_staff === 1,
          isSuperuser: row.is_superuser === 1,
          isActive: row.is_active === 1,
        }))
      },
      async remove(uuid: string) {
        await pool.query('DELETE FROM app_users WHERE uuid = $1', [uuid])
      },
      close: () => db.destroy(),
    }
  }

  for (const { name, run } of userStoreCases(open, ['remove'])) it(name, run)
})

describe('The store of docs/recipes/other-stores.md for MySQL, on MariaDB', () => {
  let server: MariadbServer
  let kyselyUsers: (db: unknown) => StoreUnderTest['users']
  beforeAll(async () => {
    server = await startMariadb()
    // As the page says.
    const page = await moduleOf(PAGE, 'kyselyUsers', {
      edit: (code) => code.replace(/\.onConflict\(.*\)/, '.ignore()'),
    })
    kyselyUsers = page.kyselyUsers as typeof kyselyUsers
    return () => server.stop()
  })

  let databases = 0
  const open = async () => {
    const database = `test_${++databases}`
    const admin = await createConnection({ socketPath: server.socketPath, user: 'root' })
    await admin.query(`CREATE DATABASE ${database}`)
    await admin.query(`USE ${database}`)
    await admin.query(codeOf(PAGE, 'AUTO_INCREMENT'))
    const pool = createPool({ socketPath: server.socketPath, user: 'root', database })
    const db = new Kysely({ dialect: new MysqlDialect({ pool }) })
    return {
      users: kyselyUsers(db),
      async rows() {
        const [rows] = await admin.query(`SELECT ${COLUMNS} FROM app_users ORDER BY id`)
        return (rows as Row[]).map(withFlags)
      },
      async remove(uuid: string) {
        await admin.query('DELETE FROM app_users WHERE uuid = ?', [uuid])
      },
      async close() {
        await db.destroy()
        await admin.end()
      },
    }
  }

  for (const { name, run } of userStoreCases(open, ['remove'])) it(name, run)
})

/** As `prisma migrate` creates it for the model. */
const PRISMA_TABLE = `CREATE TABLE "AppUser" (
  id serial PRIMARY KEY,
  uuid text NOT NULL UNIQUE,
  email text NOT NULL,
  "firstName" text NOT NULL,
  "lastName" text NOT NULL,
  "isStaff" boolean NOT NULL,
  "isSuperuser" boolean NOT NULL,
  "isActive" boolean NOT NULL DEFAULT true,
  "tokenIat" bigint NOT NULL,
  "tokenVersion" integer NOT NULL
)`

it('The model of docs/recipes/other-stores.md is the one that Prisma generated the client from', () => {
  const schema = readFileSync(join(import.meta.dirname, 'prisma/schema.prisma'), 'utf8')
  const generated = readFileSync(join(import.meta.dirname, 'prisma/generated/internal/class.ts'), 'utf8')
  const model = codeOf(PAGE, 'model AppUser')
  expect(schema).toContain(`\n${model}\n`)
  expect(generated).toContain(JSON.stringify(`\n${model}\n`).slice(1, -1))
})

/** With the client that Prisma generated from prisma/schema.prisma: its driver adapter needs no engine of its own. */
describe('The store of docs/recipes/other-stores.md for Prisma, on Postgres', () => {
  let prismaUsers: (prisma: unknown) => StoreUnderTest['users']
  beforeAll(async () => {
    const page = await moduleOf(PAGE, 'prismaUsers')
    prismaUsers = page.prismaUsers as typeof prismaUsers
  })

  const open = async () => {
    const connectionString = await freshPostgres()
    const client = new pg.Client(connectionString)
    await client.connect()
    await client.query(PRISMA_TABLE)
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) })
    return {
      users: prismaUsers(prisma),
      rows: async () => (await client.query('SELECT * FROM "AppUser" ORDER BY id')).rows,
      async remove(uuid: string) {
        await client.query('DELETE FROM "AppUser" WHERE uuid = $1', [uuid])
      },
      async close() {
        await prisma.$disconnect()
        await client.end()
      },
    }
  }

  for (const { name, run } of userStoreCases(open, ['remove'])) it(name, run)
})

describe('The cases notice', () => {
  const cases = (users: (db: Database.Database) => StoreUnderTest['users']) =>
    userStoreCases(() => {
      const db = new Database(':memory:')
      db.exec(TABLE)
      return { users: users(db), ...rowsIn(db, 'app_users'), close: () => db.close() }
    }, ['remove'])

  it('a store that writes whatever token comes last', async () => {
    const careless = (db: Database.Database): StoreUnderTest['users'] => ({
      sync({ uuid, email, firstName, lastName, isStaff, isSuperuser, issuedAt, version }, provisioning) {
        const isThere = db.prepare('SELECT 1 FROM app_users WHERE uuid = ?').get(uuid)
        if (!isThere && provisioning === 'existing') return null
        const row = db
          .prepare(
            `INSERT INTO app_users (uuid, email, first_name, last_name, is_staff, is_superuser, token_iat, token_version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET (email, first_name, last_name, is_staff,
              is_superuser, token_iat, token_version) = (excluded.email, excluded.first_name, excluded.last_name,
              excluded.is_staff, excluded.is_superuser, excluded.token_iat, excluded.token_version)
            RETURNING id, is_active AS isActive`,
          )
          .get(uuid, email, firstName, lastName, +isStaff, +isSuperuser, issuedAt, version)
        const { id, isActive } = row as { id: number; isActive: number }
        return { id, isActive: isActive === 1 }
      },
    })
    const outcomes = await Promise.allSettled(cases(careless).map(({ run }) => run()))
    const failed = cases(careless).filter((_, index) => outcomes[index]?.status === 'rejected')
    expect(failed.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'ignores an older token (create)',
        'ignores an older token (existing)',
        "ends with the newest token's data for any order of many tokens",
      ]),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(5)
  })
})
