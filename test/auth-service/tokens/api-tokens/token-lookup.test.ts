import { sql } from 'drizzle-orm'
import { expect, it, onTestFinished } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { hashOfSecret } from '../../../../auth-service/src/platform/crypto/opaque-secret.ts'
import { createTokenLookup } from '../../../../auth-service/src/tokens/api-tokens/token-lookup.ts'
import { freshPostgres } from '../../../support/database.ts'
import { onBothDatabases, openService, type TestService, testConfig } from '../../support/services.ts'

async function registerApp({ apps }: TestService, name: string) {
  const created = await apps.create(
    { name, origins: [`https://${name.toLowerCase()}.example.com`] },
    OPERATOR,
  )
  if (!created.ok) throw new Error('not created')
  return created.value
}

async function issue(service: TestService, count: number, apps: 'all' | readonly string[]) {
  const email = `user-${apps === 'all' ? 'all' : apps.join('-')}@example.com`.toLowerCase()
  const created = await service.users.create({ email, password: '!' })
  if (!created.ok) throw new Error('not created')
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const made = await service.apiTokens.create(
        created.value,
        { name: `token ${i}`, apps, expires: '30d' },
        OPERATOR,
      )
      if (!made.ok) throw new Error(JSON.stringify(made.errors))
      return { name: made.token.name, hash: hashOfSecret(made.secret) }
    }),
  )
}

onBothDatabases('The look-up of API tokens', (open) => {
  it('gives each of many questions at once its own answer', async () => {
    const service = await open()
    const [notes, board] = [await registerApp(service, 'Notes'), await registerApp(service, 'Board')]
    const everywhere = await issue(service, 40, 'all')
    const boardOnly = await issue(service, 40, ['Board'])
    const find = createTokenLookup(service.database)
    const at = Math.floor(service.now() / 1000)
    const nameOf = async (hash: string, appId: number, time = at) =>
      (await find(hash, appId, time))?.token.name
    const asked = [...everywhere, ...boardOnly, { name: undefined, hash: hashOfSecret('lk_unknown') }]
    const repeated = [...asked, ...asked, ...asked]
    const [inNotes, inBoard, later] = await Promise.all([
      Promise.all(repeated.map(({ hash }) => nameOf(hash, notes.id))),
      Promise.all(repeated.map(({ hash }) => nameOf(hash, board.id))),
      Promise.all(asked.map(({ hash }) => nameOf(hash, board.id, at + 30 * 86_400))),
    ])
    const own = new Set(everywhere.map(({ hash }) => hash))
    expect(inNotes).toEqual(repeated.map(({ name, hash }) => (own.has(hash) ? name : undefined)))
    expect(inBoard).toEqual(repeated.map(({ name }) => name))
    expect(later).toEqual(asked.map(() => undefined))
  })

  it('sees what was revoked before the question', async () => {
    const service = await open()
    const app = await registerApp(service, 'Notes')
    const [first, second] = await issue(service, 2, 'all')
    const find = createTokenLookup(service.database)
    const at = Math.floor(service.now() / 1000)
    const busy = Array.from({ length: 50 }, () => find(first?.hash ?? '', app.id, at))
    const owner = await service.users.findByEmail('user-all@example.com')
    if (!owner) throw new Error('no owner')
    await service.apiTokens.revokeAll(owner, OPERATOR)
    expect(await find(second?.hash ?? '', app.id, at)).toBeUndefined()
    await Promise.all(busy)
  })

  it('fails for all that wait, if the database fails', async () => {
    const service = await open()
    const find = createTokenLookup(service.database)
    // No app has such an id, and Postgres takes no such integer.
    const questions = Array.from({ length: 5 }, (_, i) => find(`hash ${i}`, Number.NaN, 0))
    const ends = await Promise.allSettled(questions)
    const isSqlite = service.database.dialect === 'sqlite'
    expect(ends.map(({ status }) => status)).toEqual(Array(5).fill(isSqlite ? 'fulfilled' : 'rejected'))
    expect(await find('another', 1, 0)).toBeUndefined()
  })
})

it.each([1, 3, 16])(
  'Postgres plans the look-up of %i tokens at once, and not for each query',
  async (count) => {
    const service = await openService(testConfig({ databaseUrl: await freshPostgres() }))
    onTestFinished(() => service.close())
    const app = await registerApp(service, 'Notes')
    const tokens = await issue(service, count, 'all')
    const find = createTokenLookup(service.database)
    const at = Math.floor(service.now() / 1000)
    for (let i = 0; i < 20; i++) {
      const found = await Promise.all(tokens.map(({ hash }) => find(hash, app.id, at)))
      expect(found.map((one) => one?.token.name)).toEqual(tokens.map(({ name }) => name))
    }
    // Each connection has its own.
    const plans = sql`SELECT pg_sleep(0.05), generic_plans::int AS generic, custom_plans::int AS custom
    FROM pg_prepared_statements WHERE name = 'latchkey_api_tokens'`
    const db = service.database.db as unknown as { execute(query: typeof plans): Promise<{ rows: Plans[] }> }
    const all = await Promise.all(Array.from({ length: 10 }, async () => (await db.execute(plans)).rows))
    // Postgres tries the first five by themselves.
    const used = all.flat().filter(({ generic, custom }) => generic + custom > 5)
    expect(used.length).toBeGreaterThan(0)
    for (const { custom } of used) expect(custom).toBe(5)
  },
)

interface Plans {
  readonly generic: number
  readonly custom: number
}
