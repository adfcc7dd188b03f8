import { expect, it } from 'vitest'
import { readApp } from '../../../auth-service/src/apps/app-input.ts'
import { NO_DEVICE } from '../../../auth-service/src/events/audit-log.ts'
import { eventually } from '../../support/eventually.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'
import { onBothDatabases, type TestService } from '../support/services.ts'

const BY = { uuid: '00000000-0000-4000-8000-000000000001', device: NO_DEVICE }
const NOTES = { name: 'Notes', origins: ['https://notes.example.com'], icon: 'N' }

const audited = async ({ database: { db, auditLog } }: TestService) =>
  (await db.select().from(auditLog).orderBy(auditLog.id)).map(({ event, actor, details }) => ({
    event,
    actor,
    ...JSON.parse(details),
  }))

/** A result as programs see it: with English messages. */
const inEnglish = (outcome: unknown) => JSON.parse(JSON.stringify(outcome))

onBothDatabases('Apps', (open) => {
  it('are found by name, in order, and by each of their origins', async () => {
    const { apps } = await open()
    expect(apps.list()).toEqual([])
    await apps.create(NOTES, BY)
    const origins = ['https://b.example.com', 'https://elsewhere.example:8443']
    await apps.create({ name: 'Board', origins, start_url: 'https://b.example.com/start', icon: '📌' }, BY)
    expect(apps.list().map(({ name }) => name)).toEqual(['Board', 'Notes'])
    expect(apps.at('https://elsewhere.example:8443')).toMatchObject({
      name: 'Board',
      startUrl: 'https://b.example.com/start',
      icon: '📌',
    })
    expect(apps.at('https://notes.example.com')).toMatchObject({ startUrl: 'https://notes.example.com/' })
    expect(apps.at('https://nobody.example.com')).toBeNull()
    expect([...apps.origins()].sort()).toEqual([...origins, ...NOTES.origins].sort())
  })

  it('change and disappear at once, and the log keeps their former values', async () => {
    const service = await open()
    const { apps } = service
    const created = await apps.create(NOTES, BY)
    const id = created.ok ? created.value.id : 0
    const moved = { name: 'Notebook', origins: ['https://new.example.com'] }
    expect(await apps.change(id, moved, BY)).toMatchObject({ ok: true, value: { name: 'Notebook', id } })
    expect(apps.at('https://notes.example.com')).toBeNull()
    expect(apps.at('https://new.example.com')).toMatchObject({ name: 'Notebook', icon: 'N' })
    expect(await apps.remove(id, BY)).toEqual({ ok: true, value: true })
    expect([apps.list(), apps.origins()]).toEqual([[], []])
    expect([await apps.remove(id, BY), await apps.change(id, moved, BY)]).toEqual([
      { ok: false, reason: 'not_found' },
      null,
    ])

    const before = { ...NOTES, start_url: 'https://notes.example.com/', token_scopes: [] }
    const after = { ...moved, start_url: 'https://new.example.com/', icon: 'N', token_scopes: [] }
    expect(await audited(service)).toEqual([
      { event: 'app_created', actor: BY.uuid, app: 'Notes', origins: NOTES.origins[0] },
      { event: 'app_changed', actor: BY.uuid, app: 'Notes', app_id: id, before, after },
      { event: 'app_deleted', actor: BY.uuid, app: 'Notebook', app_id: id, origins: moved.origins[0] },
    ])
  })

  it('share neither names nor origins', async () => {
    const service = await open()
    const { apps } = service
    await apps.create(NOTES, BY)
    const other = await apps.create({ ...NOTES, name: 'Other', origins: ['https://o.example.com'] }, BY)
    const id = other.ok ? other.value.id : 0
    const nameTaken = { ok: false, errors: { name: 'An app with this name already exists.' } }
    const origins = ['https://free.example.com']
    expect(await apps.create({ ...NOTES, origins }, BY)).toEqual(nameTaken)
    expect(await apps.change(id, { ...NOTES, origins }, BY)).toEqual(nameTaken)
    const errors = { origins: 'https://notes.example.com is already registered for Notes.' }
    expect(inEnglish(await apps.create({ ...NOTES, name: 'New' }, BY))).toEqual({ ok: false, errors })
    expect(inEnglish(await apps.change(id, { ...NOTES, name: 'Other' }, BY))).toEqual({ ok: false, errors })
    expect(await audited(service)).toHaveLength(2)
  })

  it('of two administrators in two processes, one gets an origin, however close they come', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const both = [service.apps, beside.apps] as const
    const ok = (outcomes: readonly unknown[]) =>
      outcomes.filter((outcome) => (outcome as { ok: boolean }).ok).length
    for (let round = 0; round < 10; round++) {
      const origin = `https://round${round}.example.com`
      // Each has read the apps before the other writes.
      const created = await Promise.all(
        both.map(({ create }, at) =>
          create(
            { name: `App ${round} ${at}`, origins: [`https://own${round}-${at}.example.com`, origin] },
            BY,
          ),
        ),
      )
      expect(ok(created)).toBe(1)
      const loser = created.find((outcome) => !outcome.ok)
      expect(inEnglish(loser)).toMatchObject({
        errors: {
          origins: expect.stringMatching(`^${origin} is already registered for App ${round} [01]\\.$`),
        },
      })
      const others = await Promise.all(
        [2, 3].map((at) =>
          service.apps.create(
            { name: `App ${round} ${at}`, origins: [`https://own${round}-${at}.example.com`] },
            BY,
          ),
        ),
      )
      await beside.apps.reload()
      const ids = others.map((outcome) => (outcome.ok ? outcome.value.id : 0))
      const moved = await Promise.all(
        both.map(({ change }, at) =>
          change(ids[at] as number, { origins: [`https://moved${round}.example.com`] }, BY),
        ),
      )
      expect(ok(moved)).toBe(1)
      expect(inEnglish(moved.find((outcome) => outcome?.ok === false))).toMatchObject({
        errors: { origins: expect.stringContaining('is already registered for') },
      })
    }
    await service.apps.reload()
    const origins = service.apps.list().flatMap((app) => app.origins)
    expect(new Set(origins).size).toBe(origins.length)
    const changes = (await audited(service)).map(({ event }) => event)
    expect([changes.filter((event) => event === 'app_created').length, changes.length]).toEqual([30, 40])
  })

  it('become known to other services within seconds, and so do changes', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const created = await service.apps.create(NOTES, BY)
    const seen = () => beside.apps.list().map(({ name }) => name)
    await eventually(() => expect(seen()).toEqual(['Notes']))
    await service.apps.remove(created.ok ? created.value.id : 0, BY)
    await eventually(() => expect(seen()).toEqual([]))
  })
})

it.each([
  ['name', { name: ' ' }],
  ['name', { name: 5 }],
  ['name', { name: 'x'.repeat(61) }],
  ['name', { name: 'a\nb' }],
  ['origins', { origins: [] }],
  ['origins', { origins: ' ' }],
  ['origins', { origins: ['notes.example.com'] }],
  ['origins', { origins: ['https://notes.example.com/path'] }],
  ['origins', { origins: ['https://ada:secret@notes.example.com'] }],
  ['origins', { origins: ['http://notes.example.com'] }],
  ['origins', { origins: ['javascript:alert(1)'] }],
  ['origins', { origins: ['https://n\u00f6tes.example.com'] }],
  ['origins', { origins: [5] }],
  ['origins', { origins: { length: 1 } }],
  ['origins', { origins: Array.from({ length: 21 }, (_, i) => `https://a${i}.example.com`) }],
  ['start_url', { start_url: 'https://evil.example/' }],
  ['start_url', { start_url: '/notes' }],
  ['start_url', { start_url: 'javascript:alert(1)' }],
  ['start_url', { start_url: 'https://ada@notes.example.com/' }],
  ['start_url', { start_url: 7 }],
  ['icon', { icon: 'Note' }],
  ['icon', { icon: 'a b' }],
  ['icon', { icon: 7 }],
  ['token_scopes', { token_scopes: 7 }],
  ['token_scopes', { token_scopes: 'cards.read, cards.write' }],
  ['token_scopes', { token_scopes: ['cards.read', 7] }],
  ['token_scopes', { token_scopes: 'a'.repeat(101) }],
])('an app is rejected for its %s when it is %j', (field, change) => {
  const read = readApp({ ...NOTES, ...change }, true)
  expect(inEnglish(read)).toEqual({ ok: false, errors: { [field]: expect.stringMatching(/\.$/) } })
})

it('an app can be described by a form, and always has an icon and a start page', () => {
  const origins = ' https://a.example.com\r\nhttps://A.example.com/ https://b.example.com '
  expect(readApp({ name: ' ärger ', origins }, true)).toEqual({
    ok: true,
    value: {
      name: 'ärger',
      origins: ['https://a.example.com', 'https://b.example.com'],
      startUrl: 'https://a.example.com/',
      icon: 'Ä',
      tokenScopes: [],
    },
  })
  const family = '\u{1F468}\u200d\u{1F469}\u200d\u{1F467}\u200d\u{1F466}'
  expect(readApp({ ...NOTES, icon: family }, true)).toMatchObject({ ok: true, value: { icon: family } })
  expect(readApp({ ...NOTES, origins: ['http://a.example.com'] }, false)).toMatchObject({ ok: true })
})

it('no naughty string in any field of an app breaks anything', () => {
  for (const text of naughtyStrings) {
    for (const field of ['name', 'origins', 'start_url', 'icon', 'token_scopes']) {
      expect(typeof readApp({ ...NOTES, [field]: text }, true).ok, text).toBe('boolean')
    }
  }
})
