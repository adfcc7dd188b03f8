import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { effectivePermissions } from '../../../../../auth-service/src/users/effective-permissions.ts'
import { registerApp } from '../../../support/registered-app.ts'
import { openSite } from '../../../support/site.ts'

const DEFINED = [
  { name: 'cards.read', description: 'Read cards', groups: ['readers', 'editors'] },
  { name: 'cards.write', description: '', groups: ['editors'] },
  { name: 'cards.<b>', description: '<script>', groups: [] },
]

async function open() {
  const site = await openSite()
  const board = await registerApp(site.service, 'Board')
  await site.service.appPermissions.publish(board.id, DEFINED)
  const staff = await site.signedIn({ email: 'staff@example.com' })
  const user = await site.service.users.findByEmail('staff@example.com')
  await site.service.administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
  return { site, board, staff }
}

it('the page shows what each group may do in each app, as the app says it', async () => {
  const { site, staff, board } = await open()
  const { status, html } = await staff.get('/admin/permissions')
  expect(status).toBe(200)
  for (const text of ['Board', 'cards.read', 'Read cards', 'readers', 'editors', 'cards.&lt;b&gt;']) {
    expect(html).toContain(text)
  }
  expect(html).not.toContain('<script>alert')
  expect(html).not.toMatch(/<td[^>]*><script>/)
  const json = await staff.request('/admin/permissions', { headers: { accept: 'application/json' } })
  expect(JSON.parse(json.html).apps[0]).toMatchObject({ id: board.id, name: 'Board' })
  const visitor = await site.signedIn()
  expect((await visitor.get('/admin/permissions')).status).toBe(403)
})

it('the page of a person shows what they may do, and why', async () => {
  const { site, staff } = await open()
  await site.signedIn()
  const ada = await site.service.users.findByEmail('ada@example.com')
  const group = await site.service.groups.create('readers', OPERATOR)
  if (!ada || !group.ok) throw new Error('not created')
  const path = `/admin/people/${ada.uuid}`
  expect((await staff.get(path)).html).toContain('None through groups.')
  await site.service.groups.add(group.value, ada, OPERATOR)
  const { html } = await staff.get(path)
  expect(html).toContain('cards.read')
  expect(html).toContain('Through readers')
  expect(html).not.toContain('cards.write')
})

it('superusers have all permissions, and disabled users none', () => {
  const defined = DEFINED.map((one) => ({ ...one, appId: 1 }))
  const names = (user: Parameters<typeof effectivePermissions>[0]) =>
    effectivePermissions(user, defined).map(({ name, through }) => [name, ...through])
  const base = { isActive: true, isSuperuser: false, groups: ['editors', 'readers'] }
  expect(names(base)).toEqual([
    ['cards.read', 'readers', 'editors'],
    ['cards.write', 'editors'],
  ])
  expect(names({ ...base, groups: [], isSuperuser: true })).toHaveLength(3)
  expect(names({ ...base, isSuperuser: true, isActive: false })).toEqual([])
})
