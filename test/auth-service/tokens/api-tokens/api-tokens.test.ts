import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { unixTime } from '../../../../auth-service/src/platform/clock.ts'
import type { ApiTokenInput } from '../../../../auth-service/src/tokens/api-tokens/api-token-input.ts'
import { MAX_TOKENS } from '../../../../auth-service/src/tokens/api-tokens/api-tokens.ts'
import { APP_TOKEN_TTL, MAX_APP_TOKENS } from '../../../../auth-service/src/tokens/api-tokens/own-tokens.ts'
import type { User } from '../../../../auth-service/src/users/users.ts'
import { eventually } from '../../../support/eventually.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { registerApp } from '../../support/registered-app.ts'
import {
  addUser,
  asJson,
  DEVICE,
  type OpenService,
  onBothDatabases,
  type TestService,
} from '../../support/services.ts'

const by = ({ uuid }: User) => ({ uuid, device: DEVICE })

async function family(open: OpenService, options: Parameters<OpenService>[0] = {}) {
  const service = await open(options)
  const [notes, board] = [await registerApp(service, 'Notes'), await registerApp(service, 'Board')]
  await service.appPermissions.publish(board.id, [
    { name: 'cards.read', description: 'Read cards', groups: [] },
    { name: 'cards.write', description: 'Write cards', groups: ['editors'] },
  ])
  return { service, notes, board, ada: await addUser(service) }
}

async function create(service: TestService, owner: User, input: ApiTokenInput = {}) {
  const created = await service.apiTokens.create(owner, { name: 'Script', apps: 'all', ...input }, by(owner))
  if (!created.ok) throw new Error(JSON.stringify(created.errors))
  return created
}

/** The entries of the feed about API tokens. */
const feed = async ({ revocations }: TestService) =>
  (await revocations.since(0)).entries
    .filter((entry) => 'token' in entry || 'tokens' in entry)
    .map(({ id: _id, exp: _exp, ...entry }) => entry)

onBothDatabases('API tokens', (open) => {
  it('describe their user to the apps that they are for, until they end', async () => {
    const { service, notes, board, ada } = await family(open)
    const input = { name: 'Backup', apps: ['Board'], scopes: ['cards.read'], expires: '30d' }
    const { token, secret } = await create(service, ada, input)
    expect(secret).toMatch(/^lk_[0-9A-Za-z]{49}$/)
    const claims = await service.introspectApiToken(secret, board, '192.0.2.9')
    expect(claims).toEqual({
      token_type: 'api_token',
      iss: service.config.authUrl,
      sub: ada.uuid,
      jti: token.id,
      iat: unixTime(service.now),
      exp: unixTime(service.now) + 30 * 86_400,
      scope: 'cards.read',
      token_name: 'Backup',
      user_uuid: ada.uuid,
      user_version: ada.version,
      user_email: 'ada@example.com',
      email_verified: false,
      user_first_name: 'Ada',
      user_last_name: 'Lovelace',
      user_is_staff: false,
      user_is_superuser: false,
    })
    expect(await service.introspectApiToken(secret, notes, '')).toBeNull()
    service.wait(30 * 86_400)
    expect(await service.introspectApiToken(secret, board, '')).toBeNull()
    expect(await service.apiTokens.list(ada)).toEqual([])
    expect(await service.apiTokens.deleteExpired()).toBe(1)
  })

  it('are for all apps, also later ones, if they say so', async () => {
    const { service, ada } = await family(open)
    const { secret } = await create(service, ada, { apps: 'all', expires: 'never' })
    const later = await registerApp(service, 'Later')
    expect(await service.introspectApiToken(secret, later, '')).not.toHaveProperty('exp')
    const { secret: other } = await create(service, ada, { apps: ['Later'] })
    await service.apps.remove(later.id, OPERATOR)
    const again = await registerApp(service, 'Later')
    expect(await service.introspectApiToken(other, again, '')).toBeNull()
  })

  it('are stored as hashes, and appear in no log', async () => {
    const { service, board, ada } = await family(open)
    const { secret } = await create(service, ada)
    await service.introspectApiToken(secret, board, '')
    await service.apiTokens.revokeSecret(secret, null, DEVICE)
    const { db, apiTokens, auditLog } = service.database
    const rows = [await db.select().from(apiTokens), await db.select().from(auditLog)]
    expect(JSON.stringify([rows, service.logged, await service.exportUser(ada)])).not.toContain(
      secret.slice(8),
    )
  })

  it('can be revoked one by one, by their owner alone, and apps hear of it', async () => {
    const { service, board, ada } = await family(open)
    const beside = await open({ beside: service })
    const bob = await addUser(service, 'bob@example.com')
    const [one, two] = [await create(service, ada), await create(service, ada, { name: 'Other' })]
    expect(await service.apiTokens.revoke(bob, one.token.id, by(bob))).toBe(false)
    const both = [service, beside].map(({ apiTokens }) => apiTokens.revoke(ada, one.token.id, by(ada)))
    expect((await Promise.all(both)).sort()).toEqual([false, true])
    expect(await beside.introspectApiToken(one.secret, board, '')).toBeNull()
    expect(await beside.introspectApiToken(two.secret, board, '')).not.toBeNull()
    expect((await service.apiTokens.list(ada)).map(({ name }) => name)).toEqual(['Other'])
    expect(await feed(service)).toEqual([{ token: one.token.id }])
    for (const id of ['', '\0', 'x'.repeat(22), "'; DROP TABLE api_tokens; --"]) {
      expect(await service.apiTokens.revoke(ada, id, by(ada))).toBe(false)
    }
    expect(await service.apiTokens.revokeAll(ada, by(ada))).toBe(1)
    expect(await service.apiTokens.revokeAll(ada, by(ada))).toBe(0)
    const history = await service.audit.historyOf(ada.uuid, 20)
    expect(history.map(({ event, details }) => [event, details.token])).toEqual([
      ['api_tokens_revoked', undefined],
      ['api_token_revoked', one.token.id],
      ['api_token_created', two.token.id],
      ['api_token_created', one.token.id],
    ])
  })

  it('end for good when their user is disabled, and with the user', async () => {
    const { service, board, ada } = await family(open)
    const { secret } = await create(service, ada)
    await service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
    expect(await service.introspectApiToken(secret, board, '')).toBeNull()
    await service.administration.change(ada.uuid, { isActive: true }, OPERATOR)
    expect(await service.introspectApiToken(secret, board, '')).toBeNull()
    expect(await feed(service)).toEqual([{ sub: ada.uuid, tokens: 'changed' }])
    const bob = await addUser(service, 'bob@example.com')
    const { secret: bobs } = await create(service, bob)
    await service.users.remove(bob.uuid)
    expect(await service.introspectApiToken(bobs, board, '')).toBeNull()
  })

  it('show every change of their user, and apps are told to ask again', async () => {
    const { service, board, ada } = await family(open)
    const { secret } = await create(service, ada)
    await service.administration.change(ada.uuid, { isStaff: true, email: 'ada@example.org' }, OPERATOR)
    expect(await service.introspectApiToken(secret, board, '')).toMatchObject({
      user_is_staff: true,
      user_email: 'ada@example.org',
    })
    const group = await service.groups.create('editors', OPERATOR)
    const changed = await service.users.findByUuid(ada.uuid)
    if (!group.ok || !changed) throw new Error('no group')
    await service.groups.add(group.value, changed, OPERATOR)
    expect(await service.introspectApiToken(secret, board, '')).toMatchObject({ groups: ['editors'] })
    expect(await feed(service)).toEqual(Array(2).fill({ sub: ada.uuid, tokens: 'changed' }))
    const bob = await addUser(service, 'bob@example.com')
    await service.administration.change(bob.uuid, { isStaff: true }, OPERATOR)
    expect(await feed(service)).toHaveLength(2)
  })

  it('are refused with a reason for each field', async () => {
    const { service, ada } = await family(open, { config: { apiTokenMaxAge: 90 * 86_400 } })
    const refusals: [ApiTokenInput, object][] = [
      [{ name: '' }, { name: 'Enter a name.' }],
      [{ name: '\u200b' }, { name: 'Enter a name.' }],
      [{ name: 'x'.repeat(10_000) }, { name: 'Use at most 60 characters.' }],
      [{ apps: [] }, { apps: 'Choose at least one app.' }],
      [{ apps: 'Board' }, { apps: 'Choose at least one app.' }],
      [{ apps: ['Nothing'] }, { apps: 'There is no app “Nothing”. Choose registered apps.' }],
      [
        { apps: ['Notes'], scopes: ['cards.read'] },
        { scopes: 'None of the chosen apps has the permission “cards.read”.' },
      ],
      [{ scopes: 'cards.read' }, { scopes: 'Permissions must be a list of names.' }],
      [{ expires: '2020-01-01' }, { expires: 'This date is in the past.' }],
      [{ expires: 'never' }, { expires: 'Tokens live for at most 90 days here. Choose an earlier date.' }],
      [{ expires: '1y' }, { expires: 'Tokens live for at most 90 days here. Choose an earlier date.' }],
      ...[7, 'tomorrow', '2030-02-31', ' 30d', 'constructor', '__proto__'].map(
        (expires): [ApiTokenInput, object] => [
          { expires },
          { expires: 'Choose when the token expires: 30d, 90d, 1y, never, or a date like 2030-12-31.' },
        ],
      ),
    ]
    for (const [input, errors] of refusals) {
      const outcome = await service.apiTokens.create(ada, { name: 'Script', apps: 'all', ...input }, by(ada))
      expect(asJson(outcome), JSON.stringify(input).slice(0, 80)).toEqual({ ok: false, errors })
    }
    expect(await service.apiTokens.list(ada)).toEqual([])
  })

  it('live as long as usual, or as the operator allows if that is shorter', async () => {
    for (const [longest, lifetime, words] of [
      [undefined, 90 * 86_400, ''],
      [365 * 86_400, 90 * 86_400, '365 days'],
      [45 * 86_400, 45 * 86_400, '45 days'],
      [3600, 3600, '1 hour'],
      [60, 60, '60 seconds'],
    ] as const) {
      const { service, ada } = await family(open, { config: { apiTokenMaxAge: longest } })
      const { token } = await create(service, ada)
      expect(token.expiresAt).toBe(unixTime(service.now) + lifetime)
      if (longest !== undefined) {
        const outcome = await service.apiTokens.create(
          ada,
          { name: 'Script', apps: 'all', expires: 'never' },
          by(ada),
        )
        expect(asJson(outcome)).toEqual({
          ok: false,
          errors: { expires: `Tokens live for at most ${words} here. Choose an earlier date.` },
        })
      }
      const begun = await service.deviceAuthorization.start({}, DEVICE)
      if (!begun.ok) throw new Error(begun.reason)
      await service.deviceAuthorization.decide(begun.value.userCode, ada, true, DEVICE)
      const polled = await service.deviceAuthorization.poll(begun.value.deviceCode, undefined, DEVICE)
      expect(polled).toMatchObject({
        ok: true,
        value: { expiresIn: Math.min(365 * 86_400, longest ?? 365 * 86_400) },
      })
      await service.users.remove(ada.uuid)
      for (const { id } of service.apps.list()) await service.apps.remove(id, OPERATOR)
    }
  })

  it('are refused to a user whose account is going to be deleted', async () => {
    const { service, ada } = await family(open)
    await service.adminDeletions.request(ada, OPERATOR)
    const outcome = await service.apiTokens.create(ada, { name: 'Script', apps: 'all' }, OPERATOR)
    expect(asJson(outcome)).toEqual({
      ok: false,
      errors: {
        form: 'This account will be deleted, so it can’t get an API token. To keep the account, sign in.',
      },
    })
  })

  it('keep any name that they accept', async () => {
    const { service, ada } = await family(open)
    for (const name of naughtyStrings.filter((_, i) => i % 11 === 0)) {
      const outcome = await service.apiTokens.create(ada, { name, apps: 'all' }, by(ada))
      if (!outcome.ok) continue
      const [listed] = await service.apiTokens.list(ada)
      expect(listed?.name).toBe(outcome.token.name)
      await service.apiTokens.revoke(ada, outcome.token.id, by(ada))
    }
  })

  it('have a limit for each user, even if many are created at once', async () => {
    const { service, ada } = await family(open)
    for (let i = 0; i < MAX_TOKENS - 2; i++) await create(service, ada, { name: `Token ${i}` })
    const input = { name: 'Script', apps: 'all' }
    const all = await Promise.all(
      Array.from({ length: 6 }, () => service.apiTokens.create(ada, input, by(ada))),
    )
    expect(all.filter(({ ok }) => ok)).toHaveLength(2)
    expect(asJson(all.find(({ ok }) => !ok))).toEqual({
      ok: false,
      errors: { form: 'You have 100 API tokens, which is the limit. Revoke one that you no longer use.' },
    })
  })

  it('of an app stand for no user, and end with the app', async () => {
    const { service, board, notes } = await family(open)
    const issued = await service.apiTokens.createForApp(notes, ['cards.read'])
    if (!issued.ok) throw new Error(issued.reason)
    expect(issued.value.expiresIn).toBe(3600)
    const claims = await service.introspectApiToken(issued.value.secret, board, '')
    expect(claims).toMatchObject({ sub: `app:${notes.clientId}`, app: 'Notes', scope: 'cards.read' })
    expect(claims).not.toHaveProperty('user_uuid')
    await service.apps.remove(notes.id, OPERATOR)
    expect(await service.introspectApiToken(issued.value.secret, board, '')).toBeNull()
    expect(await feed(service)).toEqual([{ token: claims?.jti }])
    expect(await service.apiTokens.createForApp(notes, [])).toEqual({ ok: false, reason: 'gone' })
  })

  it('of an app end with any of its secrets that is revoked or replaced at once, and apps hear of it', async () => {
    const { service, board, notes } = await family(open)
    const beside = await open({ beside: service })
    const [first] = await service.appCredentials.list(notes.id)
    const get = async () => {
      const issued = await service.apiTokens.createForApp({ ...notes, secretId: first?.id ?? 0 }, [])
      if (!issued.ok) throw new Error(issued.reason)
      return (await service.introspectApiToken(issued.value.secret, board, ''))?.jti
    }
    const others = await beside.apiTokens.createForApp(board, [])
    if (!others.ok) throw new Error(others.reason)
    const one = await get()
    await service.appCredentials.issue(notes.id, OPERATOR, 60)
    expect(await feed(service)).toEqual([])
    expect(await beside.appCredentials.revoke(notes.id, 123_456, OPERATOR)).toBe(false)
    const two = await get()
    expect(await feed(service)).toEqual([])
    // While the app asks for a token, another process revokes the secret that it sent.
    expect(await beside.appCredentials.revoke(notes.id, first?.id ?? 0, OPERATOR)).toBe(true)
    expect(await feed(service)).toEqual([{ token: one }, { token: two }])
    await expect(get()).rejects.toThrow('gone')
    const again = await service.apiTokens.createForApp(notes, [])
    expect(again.ok).toBe(true)
    await service.appCredentials.issue(notes.id, OPERATOR, 0)
    expect(await feed(service)).toHaveLength(3)
    const { db, apiTokens } = service.database
    expect(await db.select().from(apiTokens)).toHaveLength(1)
    expect(await service.introspectApiToken(others.value.secret, notes, '')).toMatchObject({ app: 'Board' })
  })

  it('of an app are in the audit log once an hour, by scopes and address, and have a limit', async () => {
    const { service, notes } = await family(open)
    const get = (scopes: string[] = [], device = DEVICE) =>
      service.apiTokens.createForApp(notes, scopes, device)
    const all = await Promise.all(Array.from({ length: MAX_APP_TOKENS }, () => get(['b', 'a'])))
    expect(all.every(({ ok }) => ok)).toBe(true)
    expect(await Promise.all([get(), get()])).toEqual(Array(2).fill({ ok: false, reason: 'too_many' }))
    const logged = async () => {
      const { db, auditLog } = service.database
      const rows = await db.select().from(auditLog)
      return rows
        .filter(({ event }) => event === 'app_token_created')
        .map(({ details, address }) => [JSON.parse(details), address])
    }
    const details = { app: 'Notes', app_id: notes.id, scopes: ['a', 'b'] }
    expect(await logged()).toEqual([[details, DEVICE.address]])
    service.wait(APP_TOKEN_TTL)
    for (const scopes of [['a', 'b'], ['b', 'a'], ['a']]) await get(scopes)
    await get(['a'], { ...DEVICE, address: '198.51.100.7' })
    expect(await logged()).toEqual([
      [details, DEVICE.address],
      [details, DEVICE.address],
      [{ ...details, scopes: ['a'] }, DEVICE.address],
      [{ ...details, scopes: ['a'] }, '198.51.100.7'],
    ])
  })

  it('remember who used them last, from where', async () => {
    const { service, board, ada } = await family(open)
    const { secret } = await create(service, ada)
    const lastUse = async () => (await service.apiTokens.list(ada))[0]?.lastUse
    expect(await lastUse()).toBeNull()
    await service.introspectApiToken(secret, board, '192.0.2.9')
    const use = { at: unixTime(service.now), app: 'Board', address: '192.0.2.9' }
    await eventually(async () => expect(await lastUse()).toEqual(use))
  })
})
