import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { createApps } from '../../../auth-service/src/apps/apps.ts'
import { NO_DEVICE, OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import type { RevocationListener } from '../../../auth-service/src/events/feed-subscribe.ts'
import { pageFor, toldTo } from '../../../auth-service/src/web/endpoints/feed-entries.ts'
import { eventually } from '../../support/eventually.ts'
import { asJson, onBothDatabases, type TestService } from '../support/services.ts'

const BY = { uuid: '00000000-0000-4000-8000-000000000001', device: NO_DEVICE }
const ORIGIN = 'http://wiki.demo.localhost:8080'
const STAFF = { path: '/admin/*', allow: 'staff' }
const OPEN = { path: '/public/*', allow: 'public' }

async function registered(service: TestService, origins = [ORIGIN]) {
  const made = await service.apps.create({ name: 'Wiki', origins }, OPERATOR)
  if (!made.ok) throw new Error('not registered')
  const { id } = made.value
  const edit = { id, by: BY }
  const paths = () => service.apps.at(ORIGIN)?.rules.map(({ path }) => path)
  return { id, edit, paths }
}

const audited = async ({ database: { db, auditLog } }: TestService) =>
  (await db.select().from(auditLog).orderBy(auditLog.id))
    .filter(({ event }) => event === 'app_rules_changed')
    .map(({ actor, details }) => ({ actor, ...JSON.parse(details) }))

onBothDatabases('The rules of an app', (open) => {
  let service: TestService
  beforeEach(async () => {
    service = await open()
  })

  it('are added, changed, moved and removed, and the log keeps them before and after', async () => {
    const { id, edit, paths } = await registered(service)
    const { appRules, groups } = service
    await groups.create('editors', OPERATOR)
    expect(await appRules.add(edit, STAFF)).toMatchObject({ ok: true, value: { rules: [STAFF] } })
    await appRules.add(edit, { path: '/edit', groups: ['editors'] })
    await appRules.add(edit, OPEN, '/admin/*')
    expect(paths()).toEqual(['/public/*', '/admin/*', '/edit'])
    await appRules.move(edit, '/public/*')
    expect(paths()).toEqual(['/admin/*', '/edit', '/public/*'])
    await appRules.move(edit, '/public/*', '/edit')
    expect(paths()).toEqual(['/admin/*', '/public/*', '/edit'])
    await appRules.change(edit, '/public/*', { path: '/open/', allow: 'signed-in' })
    expect(paths()).toEqual(['/admin/*', '/open', '/edit'])
    await appRules.remove(edit, '/admin/*')
    expect(service.apps.at(ORIGIN)?.rules).toEqual([
      { path: '/open', allow: 'signed-in' },
      { path: '/edit', allow: { groups: ['editors'] } },
    ])
    expect((await audited(service)).at(-1)).toEqual({
      actor: BY.uuid,
      app: 'Wiki',
      app_id: id,
      before: { rules: '/admin/* staff; /open signed-in; /edit groups editors' },
      after: { rules: '/open signed-in; /edit groups editors' },
    })
    expect(await audited(service)).toHaveLength(7)
    // What changes nothing is no event.
    await appRules.move(edit, '/open', '/open')
    expect(await audited(service)).toHaveLength(7)
  })

  it('are replaced at once, and all of them or none', async () => {
    const { edit, paths } = await registered(service)
    const { appRules } = service
    expect(await appRules.replace(edit, [OPEN, STAFF])).toMatchObject({ ok: true })
    const wrong = await appRules.replace(edit, [STAFF, { path: '/x', groups: ['nobody'] }])
    expect(asJson(wrong)).toEqual({
      ok: false,
      errors: { rules: 'Rule 2: There is no group “nobody”. Create it first.' },
    })
    expect(paths()).toEqual(['/public/*', '/admin/*'])
    const many = Array.from({ length: 51 }, (_, at) => ({ path: `/${at}`, allow: 'staff' }))
    expect(asJson(await appRules.replace(edit, many))).toEqual({
      ok: false,
      errors: { rules: 'An app can have at most 50 rules.' },
    })
    await appRules.replace(edit, [])
    expect(paths()).toEqual([])
  })

  it('have one rule for a path, in any spelling, and none that never applies', async () => {
    const { edit, paths } = await registered(service)
    const { appRules } = service
    await appRules.add(edit, { path: '/admin', allow: 'staff' })
    for (const path of ['/admin', '/admin/']) {
      expect(asJson(await appRules.add(edit, { path, allow: 'public' }))).toEqual({
        ok: false,
        errors: { path: 'There is a rule for this path already. Change that one.' },
      })
    }
    const hidden = (path: string, other: string) => ({
      ok: false,
      errors: {
        rules: `The rule for ${path} would never apply: the rule for ${other} above it already matches.`,
      },
    })
    expect(asJson(await appRules.add(edit, { path: '/Admin', allow: 'public' }))).toEqual(
      hidden('/Admin', '/admin'),
    )
    expect(asJson(await appRules.add(edit, { path: '/*', allow: 'public' }, '/admin'))).toEqual(
      hidden('/admin', '/*'),
    )
    await appRules.add(edit, { path: '/*', allow: 'public' })
    expect(asJson(await appRules.move(edit, '/*', '/admin'))).toEqual(hidden('/admin', '/*'))
    expect(asJson(await appRules.change(edit, '/admin', { path: '/*', allow: 'staff' }))).toEqual({
      ok: false,
      errors: { path: 'There is a rule for this path already. Change that one.' },
    })
    expect(paths()).toEqual(['/admin', '/*'])
  })

  it('name groups and permissions that exist', async () => {
    const { id, edit, paths } = await registered(service)
    const { appRules, appPermissions } = service
    expect(asJson(await appRules.add(edit, { path: '/x', permissions: 'wiki.edit' }))).toEqual({
      ok: false,
      errors: {
        permissions: 'Wiki has not published a permission “wiki.edit”, and FORWARD_AUTH_RULES defines none.',
      },
    })
    await appPermissions.publish(id, [{ name: 'wiki.edit', description: '', groups: ['editors'] }])
    expect(await appRules.add(edit, { path: '/x', permissions: 'wiki.edit' })).toMatchObject({ ok: true })
    expect(service.apps.grantsOf(id)).toEqual(new Map([['wiki.edit', ['editors']]]))
    // Published again, and then not at all.
    await appPermissions.publish(id, [{ name: 'wiki.edit', description: '', groups: ['writers'] }])
    await eventually(() => expect(service.apps.grantsOf(id).get('wiki.edit')).toEqual(['writers']))
    await appPermissions.publish(id, [])
    await eventually(() => expect(service.apps.grantsOf(id).get('wiki.edit')).toBeUndefined())
    expect(paths()).toEqual(['/x'])
  })

  it('are found by their paths alone', async () => {
    const { edit } = await registered(service)
    const { appRules } = service
    await appRules.add(edit, STAFF)
    const none = 'There is no rule for this path.'
    for (const path of ['/admin', undefined, 0, { path: '/admin/*' }]) {
      expect(asJson(await appRules.remove(edit, path))).toEqual({ ok: false, errors: { rule: none } })
      expect(asJson(await appRules.move(edit, path))).toEqual({ ok: false, errors: { rule: none } })
      expect(asJson(await appRules.change(edit, path, OPEN))).toEqual({ ok: false, errors: { rule: none } })
    }
    expect(asJson(await appRules.add(edit, OPEN, '/gone'))).toEqual({ ok: false, errors: { before: none } })
    expect(await appRules.add({ ...edit, id: 999 }, OPEN)).toBeNull()
  })

  it('keep their app from being removed, since all signed-in users could then open what they protect', async () => {
    const { id, edit } = await registered(service)
    await service.appRules.add(edit, STAFF)
    expect(await service.apps.remove(id, BY)).toEqual({ ok: false, reason: 'has_rules' })
    expect(service.apps.at(ORIGIN)?.name).toBe('Wiki')
    await service.appRules.remove(edit, '/admin/*')
    expect(await service.apps.remove(id, BY)).toMatchObject({ ok: true })
  })

  it('stay with an app whose name and origins change', async () => {
    const { id, edit } = await registered(service)
    await service.appRules.add(edit, STAFF)
    const moved = 'http://handbook.demo.localhost'
    expect(await service.apps.change(id, { name: 'Handbook', origins: [moved] }, BY)).toMatchObject({
      ok: true,
    })
    expect([service.apps.at(ORIGIN), service.apps.at(moved)?.rules]).toEqual([null, [STAFF]])
  })
})

onBothDatabases('Two administrators who change rules', (open) => {
  it('at the same time: each change is kept, or its author is told', async () => {
    const one = await open()
    const other = await open({ beside: one })
    const { edit } = await registered(one)
    const paths = Array.from({ length: 8 }, (_, at) => `/${at}/*`)
    const outcomes = await Promise.all(
      paths.map((path, at) => (at % 2 ? one : other).appRules.add(edit, { path, allow: 'staff' })),
    )
    await one.apps.reload()
    const stored = one.apps.at(ORIGIN)?.rules.map(({ path }) => path)
    const saved = paths.filter((_, at) => outcomes[at]?.ok)
    expect(saved.length).toBeGreaterThan(0)
    expect(stored?.toSorted()).toEqual(saved)
    for (const outcome of outcomes) if (!outcome?.ok) expect(outcome).toMatchObject({ now: { name: 'Wiki' } })
    expect(await audited(one)).toHaveLength(saved.length)
  })

  it('one after the other: the later one must have seen the change', async () => {
    const one = await open()
    const { edit, paths } = await registered(one)
    await one.appRules.add(edit, STAFF)
    const shown = one.apps.at(ORIGIN)?.rules.length
    await one.appRules.add(edit, OPEN)
    const stale = await one.appRules.remove(
      { ...edit, seen: ({ rules }) => rules.length === shown },
      '/admin/*',
    )
    expect(stale).toMatchObject({ ok: false, now: { rules: [STAFF, OPEN] } })
    expect(paths()).toEqual(['/admin/*', '/public/*'])
  })

  it('while another removes the app: the app keeps its rules, or neither exists', async () => {
    const one = await open()
    const other = await open({ beside: one })
    const { id, edit } = await registered(one)
    const [added, removed] = await Promise.all([one.appRules.add(edit, STAFF), other.apps.remove(id, BY)])
    await one.apps.reload()
    expect(one.apps.at(ORIGIN)?.rules ?? null).toEqual(added?.ok ? [STAFF] : null)
    expect(removed.ok).toBe(!added?.ok)
  })
})

onBothDatabases('Every process', (open) => {
  it('hears of changed rules, origins and permissions by the feed', async () => {
    const one = await open()
    const other = await open({ beside: one })
    const { id, edit } = await registered(one)
    const heard: unknown[] = []
    other.revocations.subscribe((entries) => void heard.push(...entries.map((entry) => 'apps' in entry)))
    await other.apps.reload()
    await one.appRules.add(edit, STAFF)
    await eventually(() => expect(other.apps.at(ORIGIN)?.rules).toEqual([STAFF]))
    await one.appPermissions.publish(id, [{ name: 'wiki.edit', description: '', groups: ['editors'] }])
    await one.appRules.add(edit, { path: '/x', permissions: 'wiki.edit' })
    await eventually(() => expect(other.apps.grantsOf(id).get('wiki.edit')).toEqual(['editors']))
    await one.appPermissions.publish(id, [{ name: 'wiki.edit', description: '', groups: [] }])
    await eventually(() => expect(other.apps.grantsOf(id).get('wiki.edit')).toEqual([]))
    const moved = 'http://handbook.demo.localhost'
    await one.apps.change(id, { origins: [moved] }, BY)
    await eventually(() => expect(other.apps.at(moved)?.rules).toHaveLength(2))
    await one.appRules.replace(edit, [])
    await eventually(() => expect(other.apps.at(moved)?.rules).toEqual([]))
    await eventually(() => expect(heard).toEqual(Array(6).fill(true)))
  })

  it('reads them again when it hears of a change, and not only every two seconds', async () => {
    const service = await open()
    const { edit } = await registered(service)
    const listeners: RevocationListener[] = []
    const revocations = {
      ...service.revocations,
      subscribe: (listener: RevocationListener) => {
        listeners.push(listener)
        return () => {}
      },
    }
    vi.useFakeTimers({ toFake: ['setInterval'] })
    const apps = await createApps({ ...service, revocations }).finally(() => vi.useRealTimers())
    onTestFinished(() => apps.close())
    await service.appRules.add(edit, STAFF)
    expect(apps.at(ORIGIN)?.rules).toEqual([])
    const [entry] = (await service.revocations.since(0)).entries
    if (entry) listeners[0]?.([entry], 0)
    await eventually(() => expect(apps.at(ORIGIN)?.rules).toEqual([STAFF]))
    await service.appRules.add(edit, OPEN)
    // The database was replaced by an older one.
    listeners[0]?.([], Number.POSITIVE_INFINITY)
    await eventually(() => expect(apps.at(ORIGIN)?.rules).toHaveLength(2))
  })

  it('hears of them alone: apps are told nothing', async () => {
    const one = await open()
    const { edit } = await registered(one)
    await one.appRules.add(edit, STAFF)
    const { entries } = await one.revocations.since(0)
    expect(entries).toEqual([{ id: 1, apps: 'changed', exp: expect.any(Number) }])
    for (const contract of [1, 2]) expect(entries.flatMap(toldTo(contract))).toEqual([])
    expect(await pageFor(2, one.revocations, 0, 10)).toEqual({ last: 1, entries: [] })
  })
})

onBothDatabases('Rules of FORWARD_AUTH_RULES', (open) => {
  it('count first, so that no rule of an app that they decide can be added', async () => {
    const service = await open({
      config: {
        forwardAuthRules: {
          permissions: { 'wiki.read': ['readers'] },
          rules: [{ host: 'wiki.demo.localhost', path: '/public/*', allow: 'public' }],
        },
      },
    })
    const { edit } = await registered(service, ['http://other.demo.localhost', ORIGIN])
    expect(asJson(await service.appRules.add(edit, { path: '/public/secret', allow: 'staff' }))).toEqual({
      ok: false,
      errors: {
        path: 'A rule of FORWARD_AUTH_RULES for /public/* decides this at wiki.demo.localhost, and applies first. Change that file instead.',
      },
    })
    expect(await service.appRules.add(edit, { path: '/*', permissions: 'wiki.read' })).toMatchObject({
      ok: true,
    })
  })
})
