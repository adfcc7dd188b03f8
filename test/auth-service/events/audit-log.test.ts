import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import {
  type AuditEntry,
  type AuditEvent,
  OPERATOR,
  RETENTION,
  REUSE_NEWS,
} from '../../../auth-service/src/events/audit-log.ts'
import { parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'
import { NOW } from '../../support/tokens.ts'
import { addUser, DEVICE, onBothDatabases } from '../support/services.ts'

const ADA = '6e6e0c0e-1d6b-4d0c-9a55-0d4f2d5a3c11'
const ENTRY: AuditEntry = { event: 'signed_in', subject: ADA, actor: ADA, sid: 'a-session', device: DEVICE }

onBothDatabases('The audit log', (open) => {
  it('stores the event, the user and all details', async () => {
    const { audit } = await open()
    await audit.record({
      ...ENTRY,
      event: 'sign_in_failed',
      actor: null,
      sid: null,
      details: { reason: 'x' },
    })
    expect(await audit.historyOf(ADA, 10)).toEqual([
      {
        id: expect.any(Number),
        at: NOW,
        event: 'sign_in_failed',
        subject: ADA,
        actor: null,
        sid: null,
        device: DEVICE,
        details: { reason: 'x' },
      },
    ])
  })

  it("lists each user's own entries, newest first, up to the limit", async () => {
    const { audit, wait } = await open()
    for (let index = 0; index < 5; index++) {
      await audit.record({ ...ENTRY, sid: String(index) })
      await audit.record({ ...ENTRY, subject: 'somebody else' })
      await audit.record({ ...ENTRY, subject: null })
      wait(1)
    }
    const told = await audit.historyOf(ADA, 3)
    expect(told.map(({ sid, at }) => [sid, at - NOW])).toEqual([
      ['4', 4],
      ['3', 3],
      ['2', 2],
    ])
    expect(await audit.historyOf('nobody', 3)).toEqual([])
  })

  it('shows token reuse for 30 days, even after thousands of failed sign-ins', async () => {
    const { audit, wait } = await open()
    await audit.record({ ...ENTRY, event: 'refresh_token_reused' })
    for (let index = 0; index < 5; index++) await audit.record({ ...ENTRY, event: 'sign_in_failed' })
    const told = async () => (await audit.historyOf(ADA, 3)).map(({ event }) => event)
    const failed = Array.from({ length: 3 }, (): AuditEvent => 'sign_in_failed')
    wait(REUSE_NEWS - 1)
    expect(await told()).toEqual([...failed, 'refresh_token_reused'])
    wait(1)
    expect(await told()).toEqual(failed)
  })

  it('accepts any naughty user agent that a header can have, and any naughty details', async () => {
    const { audit } = await open()
    const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed()
    const texts = [...naughtyStrings, 'x'.repeat(512), '\0', 'half \uD83D']
    for (const text of texts) {
      const userAgent = isStorable(text) ? text : ''
      await audit.record({ ...ENTRY, device: { userAgent, address: '192.0.2.7' }, details: { text } })
    }
    const told = await audit.historyOf(ADA, 1000)
    expect(told.map(({ device }) => device.userAgent).reverse()).toEqual(
      texts.map((text) => (isStorable(text) ? text : '')),
    )
    expect(told.map(({ details }) => details.text).reverse()).toEqual(texts)
  })

  it('writes an entry with its transaction, or not at all, and only if something changed', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { audit, database } = service
    const { users } = database
    const of = (uuid: string) =>
      audit.step({ ...ENTRY, subject: sql`${users.uuid}` }, sql`FROM ${users} WHERE ${users.uuid} = ${uuid}`)
    await database.transaction(() => [of(ada.uuid), of('nobody')])
    expect(await audit.historyOf(ada.uuid, 10)).toMatchObject([{ event: 'signed_in', device: DEVICE }])
    const failing = database.transaction(() => [of(ada.uuid), sql`INSERT INTO nowhere VALUES (1)`])
    await expect(failing).rejects.toThrow()
    expect(await audit.historyOf(ada.uuid, 10)).toHaveLength(1)
    expect(await audit.historyOf('nobody', 10)).toEqual([])
  })

  it('deletes entries after a year, and not before', async () => {
    const { audit, wait } = await open()
    await audit.record(ENTRY)
    wait(60)
    await audit.record({ ...ENTRY, sid: 'later' })
    wait(RETENTION - 61)
    expect(await audit.deleteExpired()).toBe(0)
    wait(1)
    expect(await audit.deleteExpired()).toBe(1)
    expect(await audit.historyOf(ADA, 10)).toMatchObject([{ sid: 'later' }])
  })
})

onBothDatabases('The audit log records', (open) => {
  const ACCOUNT = { email: 'ada@example.com', password: 'correct horse battery staple' }

  it('sign-ins and sign-outs with user and device, and without secrets', async () => {
    const service = await open()
    const { accounts, sessions, audit, wait } = service
    const registered = await accounts.register(ACCOUNT, DEVICE)
    if (!registered.ok) throw new Error()
    const { uuid } = registered.value.user
    wait(1)
    const wrong = { ...ACCOUNT, password: 'a password of another account' }
    await accounts.signIn(wrong, { userAgent: 'Stranger', address: '203.0.113.9' })
    wait(1)
    const signedIn = await accounts.signIn(ACCOUNT, DEVICE)
    if (!signedIn.ok) throw new Error()
    const { session, refreshToken } = signedIn.value
    wait(1)
    await sessions.endFrom(parseCookies(`jwt.refresh=${refreshToken}`), DEVICE)
    await sessions.endFrom(parseCookies(`jwt.refresh=${refreshToken}`), DEVICE)
    await sessions.endFrom(
      parseCookies(`jwt.refresh=${registered.value.refreshToken}`),
      DEVICE,
      'session_replaced',
    )

    const history = await audit.historyOf(uuid, 10)
    const own = { subject: uuid, actor: uuid, device: DEVICE, details: {} }
    expect(history).toMatchObject([
      { ...own, event: 'session_replaced', sid: registered.value.session.id },
      { ...own, event: 'signed_out', sid: session.id, at: NOW + 3 },
      { ...own, event: 'signed_in', sid: session.id, at: NOW + 2 },
      {
        event: 'sign_in_failed',
        subject: uuid,
        actor: null,
        sid: null,
        device: { userAgent: 'Stranger', address: '203.0.113.9' },
        details: { reason: 'wrong_password' },
      },
      { ...own, event: 'registered', sid: registered.value.session.id, at: NOW },
    ])
    expect(history).toHaveLength(5)
    const written = JSON.stringify(history)
    for (const secret of [ACCOUNT.password, wrong.password, refreshToken.split('.')[2] as string, 'bcrypt']) {
      expect(written).not.toContain(secret)
    }
  })

  it('failed sign-ins with an unknown email, at the same cost and without the email', async () => {
    const { accounts, database } = await open()
    await accounts.signIn({ email: 'nobody@example.com', password: 'whatever' }, DEVICE)
    await accounts.signIn({ email: '\0', password: 'whatever' }, DEVICE)
    const rows = await database.db.select().from(database.auditLog)
    expect(rows.map(({ event, subject, details }) => [event, subject, details])).toEqual(
      Array.from({ length: 2 }, () => ['sign_in_failed', null, '{"reason":"wrong_password"}']),
    )
  })

  it('sessions ended by the user or the operator', async () => {
    const service = await open()
    const { sessions, audit } = service
    const ada = await addUser(service)
    const by = { uuid: ada.uuid, device: { userAgent: 'Phone', address: '192.0.2.8' } }
    const kept = (await sessions.start(ada, DEVICE)).session.id
    const start = async () => {
      const person = (await service.users.findById(ada.id)) ?? ada
      return (await sessions.start(person, DEVICE)).session.id
    }
    const one = await start()
    await sessions.endFor(ada.id, one, by)
    await sessions.endFor(ada.id, one, by)
    await Promise.all([start(), start()])
    await sessions.endOthers(ada.id, kept, by)
    await sessions.endOthers(ada.id, kept, by)
    await sessions.endAll(ada.id, by)
    await sessions.endAll(ada.id, by)
    await Promise.all([start(), start(), start()])
    await sessions.endAll(ada.id)
    const own = { subject: ada.uuid, actor: ada.uuid, device: by.device }
    const session = { user_agent: DEVICE.userAgent, address: DEVICE.address, created_at: NOW }
    const history = await audit.historyOf(ada.uuid, 10)
    expect(history.map(({ id, at, ...told }) => told)).toEqual([
      {
        event: 'all_sessions_ended',
        subject: ada.uuid,
        actor: null,
        sid: null,
        device: { userAgent: '', address: '' },
        details: { sessions: 3 },
      },
      { ...own, event: 'all_sessions_ended', sid: null, details: { sessions: 1 } },
      { ...own, event: 'other_sessions_ended', sid: kept, details: { sessions: 2 } },
      { ...own, event: 'session_ended', sid: one, details: { session } },
    ])
  })

  it('changed rights, disabling, enabling and deletion, but not a new name', async () => {
    const service = await open()
    const { users, administration, audit } = service
    const ada = await addUser(service)
    await users.update(ada.uuid, { firstName: 'Augusta' })
    await administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    await administration.change(ada.uuid, { isActive: false, isStaff: false }, OPERATOR)
    await administration.change(ada.uuid, { isActive: true }, OPERATOR)
    await users.remove(ada.uuid)
    await users.remove(ada.uuid)
    await administration.change('nobody', { isActive: false }, OPERATOR)
    const told = (await audit.historyOf(ada.uuid, 10)).map(({ event, details }) => [event, details])
    const change = (field: string, after: boolean) => ({
      before: { [field]: !after },
      after: { [field]: after },
    })
    expect(told).toEqual([
      ['deleted', {}],
      ['switched_on', change('is_active', true)],
      ['rights_changed', change('is_staff', false)],
      ['switched_off', change('is_active', false)],
      ['rights_changed', change('is_staff', true)],
    ])
    expect(await audit.historyOf('nobody', 10)).toEqual([])
  })

  it('an event together with its change, or neither', async () => {
    const service = await open()
    const { sessions, users, administration, database } = service
    const ada = await addUser(service)
    const { session } = await sessions.start(ada, DEVICE)
    const rename = (from: string, to: string) =>
      database.transaction(() => [sql.raw(`ALTER TABLE ${from} RENAME TO ${to}`)])
    await rename('audit_log', 'audit_away')
    try {
      await expect(sessions.endFor(ada.id, session.id)).rejects.toThrow()
      await expect(sessions.endAll(ada.id)).rejects.toThrow()
      await expect(administration.change(ada.uuid, { isActive: false }, OPERATOR)).rejects.toThrow()
      await expect(users.remove(ada.uuid)).rejects.toThrow()
      expect(await sessions.list(ada.id)).toEqual([session])
      expect(await users.findById(ada.id)).toMatchObject({ isActive: true })
      expect((await service.revocations.since(0)).entries).toEqual([])
    } finally {
      await rename('audit_away', 'audit_log')
    }
  })
})
