import { expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { createSamlLogouts } from '../../../auth-service/src/saml/saml-logouts.ts'
import {
  createSamlRequests,
  type PendingSignIn,
  REQUEST_LIFETIME,
} from '../../../auth-service/src/saml/saml-requests.ts'
import { createSamlSignIns } from '../../../auth-service/src/saml/saml-sign-ins.ts'
import { createApp } from '../../../auth-service/src/web/app.tsx'
import { openBrowser } from '../support/browser.ts'
import {
  ACS,
  authnRequest,
  ENTITY_ID,
  keyOf,
  logoutRequest,
  redirectQuery,
  registerProvider,
  sentForm,
} from '../support/service-provider.ts'
import { DEVICE, onBothDatabases, type TestService } from '../support/services.ts'

const PENDING: PendingSignIn = {
  consumerUrl: ACS,
  relayState: null,
  forceAuthn: false,
  isPassive: false,
  format: 'persistent',
  subject: null,
  contextClass: 'x',
}

const clockOf = (service: TestService) => {
  const at = { ms: Date.now() }
  return { ...service, now: () => at.ms, pass: (seconds: number) => (at.ms += seconds * 1000) }
}

onBothDatabases('What SAML stores', (open) => {
  it('of one request twice at once, both wait as one, and one answer counts', async () => {
    const service = clockOf(await open())
    const { id } = await registerProvider(service)
    const requests = createSamlRequests(service)
    const both = await Promise.all([1, 2].map(() => requests.store(id, '_a', PENDING)))
    const [first, second] = both.map((stored) => (stored.ok ? stored.value : null))
    expect(first).toBe(second)
    expect(await requests.find(first as string)).toMatchObject({
      appId: id,
      requestId: '_a',
      content: PENDING,
    })
    await requests.prove(first as string, 'sid')
    expect(await requests.find(first as string)).toMatchObject({ provedBy: 'sid' })
    const again = await requests.store(id, '_a', PENDING)
    expect(again, 'the same after a reload').toEqual({ ok: true, value: first })
    const answers = await Promise.all([1, 2, 3].map(() => requests.answer(first as string)))
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await requests.find(first as string)).toBeNull()
    expect(await requests.store(id, '_a', PENDING)).toEqual({ ok: false, reason: 'replayed' })
    expect(await requests.store(id, '_b', PENDING)).toMatchObject({ ok: true })
    expect(await requests.store(id, '_b', { ...PENDING, forceAuthn: true })).toMatchObject({ ok: false })
    const once = await Promise.all([1, 2, 3].map(() => requests.noteOnce(id, '_c')))
    expect(once.filter(Boolean)).toHaveLength(1)
    // IDs are those of one app.
    const other = await registerProvider(service, { entity_id: 'https://files.example' }, 'Files')
    expect(await requests.noteOnce(other.id, '_c')).toBe(true)
  })

  it('a request waits for an hour, and is deleted', async () => {
    const service = clockOf(await open())
    const { id } = await registerProvider(service)
    const requests = createSamlRequests(service)
    const stored = await requests.store(id, '_a', PENDING)
    const waiting = stored.ok ? stored.value : ''
    service.pass(REQUEST_LIFETIME - 1)
    expect(await requests.find(waiting)).not.toBeNull()
    service.pass(1)
    expect(await requests.find(waiting)).toBeNull()
    expect(await requests.answer(waiting)).toBe(false)
    expect(await requests.find("'")).toBeNull()
    await requests.deleteExpired()
    expect(await service.database.db.select().from(service.database.samlRequests)).toEqual([])
  })

  it('a sign-in belongs to a live session, and ends with it', async () => {
    const service = await open()
    const app = await registerProvider(service)
    const user = await service.users.create({ email: 'ada@example.com', password: '!' })
    if (!user.ok) throw new Error(user.reason)
    const session = async () => (await service.sessions.start(user.value, DEVICE)).session.id
    const [one, two] = [await session(), await session()]
    const signIns = createSamlSignIns(service)
    const record = (sid: string) =>
      signIns.record({
        sid,
        appId: app.id,
        sessionIndex: signIns.sessionIndexOf(sid, app.id),
        nameId: 'ada',
        nameIdFormat: 'x',
      })
    await Promise.all([record(one), record(one), record(two), record('gone')])
    expect(await signIns.ofSessions([one, two, 'gone'])).toHaveLength(2)
    const index = signIns.sessionIndexOf(one, app.id)
    expect(index).not.toBe(signIns.sessionIndexOf(two, app.id))
    expect(index).not.toBe(signIns.sessionIndexOf(one, app.id + 1))
    expect((await signIns.named(app.id, 'ada', [])).map(({ sid }) => sid).sort()).toEqual([one, two].sort())
    expect(await signIns.named(app.id, 'ada', [index])).toMatchObject([{ sid: one, userId: 1 }])
    expect(await signIns.named(app.id, 'linus', [index])).toEqual([])
    expect(await signIns.named(app.id + 1, 'ada', [index])).toEqual([])
    await service.sessions.end(one)
    expect(await signIns.ofSessions([one, two])).toMatchObject([{ sid: two }])
    expect(await signIns.session(one)).toBeNull()
    expect(await service.serviceProviders.remove(app.id, OPERATOR)).toBe(true)
    expect(await signIns.ofSessions([two])).toEqual([])
  })

  it('a sign-out on its way is found by its request, and forgotten', async () => {
    const service = clockOf(await open())
    const logouts = createSamlLogouts(service)
    const state = { left: [], awaited: null, isPartial: false, replyTo: null, next: '/login' }
    const id = await logouts.begin(state)
    await logouts.save(id, { ...state, awaited: 7 }, '_r')
    expect(await logouts.awaiting('_r')).toEqual({ id, state: { ...state, awaited: 7 } })
    expect(await logouts.awaiting('_s')).toBeNull()
    service.pass(900)
    expect(await logouts.find(id)).toBeNull()
    await logouts.deleteExpired()
    expect(await service.database.db.select().from(service.database.samlLogouts)).toEqual([])
  })

  it('of two administrators at once, an entity ID goes to one app, and a change is not lost', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const ids = await Promise.all(
      ['Wiki', 'Files'].map(async (name) => {
        const created = await service.apps.create(
          { name, origins: [`https://${name}.example`.toLowerCase()] },
          OPERATOR,
        )
        return created.ok ? created.value.id : 0
      }),
    )
    const facts = { entity_id: ENTITY_ID, acs_urls: [ACS] }
    const sets = await Promise.all(
      [service, beside].map(({ serviceProviders }, place) =>
        serviceProviders.set(ids[place] ?? 0, facts, OPERATOR),
      ),
    )
    expect(sets.filter((one) => one?.ok)).toHaveLength(1)
    expect(sets.find((one) => one && !one.ok)).toMatchObject({ errors: { entity_id: expect.anything() } })
    const winner = ids[sets.findIndex((one) => one?.ok)] ?? 0
    const changes = await Promise.all(
      [service, beside].map(({ serviceProviders }, place) =>
        serviceProviders.set(winner, { groups: [`group ${place}`] }, OPERATOR),
      ),
    )
    expect(changes.filter((one) => one?.ok).length).toBeGreaterThan(0)
    await service.apps.reload()
    const stored = service.apps.list().find(({ id }) => id === winner)?.saml?.groups
    expect(changes.flatMap((one) => (one?.ok ? [one.value.saml?.groups] : []))).toContainEqual(stored)
  })

  it('serves a sign-in and a sign-out', async () => {
    const service = await open()
    const key = await keyOf('wiki.example')
    await registerProvider(service, { certificates: [key.certificate], signed_requests: true })
    const origin = service.config.authUrl
    const browser = openBrowser(createApp(service), { origin })
    const person = {
      email: 'ada@example.com',
      password: 'correct horse battery',
      first_name: 'Ada',
      last_name: 'L',
    }
    expect((await browser.json('/register', person)).status).toBe(201)
    const asked = await browser.get(`/saml/sso?${redirectQuery(authnRequest({ origin }), key)}`)
    const twice = await Promise.all([1, 2].map(() => browser.get(asked.location as string)))
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 404])
    const { xml } = sentForm(twice.find(({ status }) => status === 200) as (typeof twice)[0])
    const nameId = /<saml:NameID [^>]*>([^<]*)</.exec(xml)?.[1] as string
    await browser.get(`/saml/slo?${redirectQuery(logoutRequest({ origin }, nameId), key)}`)
    expect((await browser.get('/account')).status).toBe(302)
    // What the user can have of it.
    const { auditLog, db } = service.database
    expect((await db.select().from(auditLog)).map(({ event }) => event)).toContain('saml_provider_changed')
  })
})
