import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { someNaughtyStrings } from '../../../../support/naughty-strings.ts'
import { type Browser, contentOf, skeleton } from '../../../support/browser.ts'
import { ADA, openSite, type Site } from '../../../support/site.ts'

let site: Site
let superuser: Browser
beforeEach(async () => {
  site = await openSite()
  superuser = await signedInAs('isSuperuser')
})

async function signedInAs(flag: 'isStaff' | 'isSuperuser'): Promise<Browser> {
  const browser = await site.signedIn({ email: `${flag}@example.com` })
  const user = await site.service.users.findByEmail(`${flag}@example.com`)
  await site.service.administration.change(user?.uuid ?? '', { [flag]: true }, OPERATOR)
  return browser
}

const read = async (path: string) =>
  JSON.parse((await superuser.request(path, { headers: { accept: 'application/json' } })).html)

async function addEditors() {
  const created = await site.service.groups.create('editors', OPERATOR)
  if (!created.ok) throw new Error(String(created.reason))
  return created.value
}

describe('A superuser using forms', () => {
  it('creates a group, adds a user, renames it, removes them and deletes it', async () => {
    await site.signedIn()
    const created = await superuser.submit('/admin/groups', '/admin/groups', { name: 'editors' })
    expect([created.status, created.location]).toEqual([303, '/admin/groups/1?done=created'])
    const added = await superuser.submit('/admin/groups/1', '/admin/groups/1/members', {
      email: ' ADA@example.com',
    })
    expect([added.status, added.location]).toEqual([303, '/admin/groups/1?done=added'])
    const group = await superuser.get('/admin/groups/1?done=added')
    expect(group.title).toBe('editors · Administration · Latchkey')
    expect(group.html).toContain('Added. Apps see the change within a second.')
    const ada = await site.service.users.findByEmail(ADA.email)
    expect(ada?.groups).toEqual(['editors'])

    await superuser.submit('/admin/groups/1', '/admin/groups/1/rename', { name: 'writers' })
    expect((await site.service.users.findByEmail(ADA.email))?.groups).toEqual(['writers'])
    await superuser.submit('/admin/groups/1', `/admin/groups/1/members/${ada?.uuid}/remove`)
    expect((await site.service.users.findByEmail(ADA.email))?.groups).toEqual([])
    const deleted = await superuser.submit('/admin/groups/1', '/admin/groups/1/delete')
    expect(deleted.location).toBe('/admin/groups?done=deleted')
    expect((await superuser.get('/admin/groups/1')).status).toBe(404)
  })

  it('sees beside the field what is wrong with it', async () => {
    await addEditors()
    const taken = await superuser.submit('/admin/groups', '/admin/groups', { name: 'editors' })
    expect([taken.status, taken.form('/admin/groups').name]).toEqual([422, 'editors'])
    expect(taken.html).toContain('A group with this name already exists.')
    const nobody = await superuser.submit('/admin/groups/1', '/admin/groups/1/members', { email: 'x@y.z' })
    expect(nobody.status).toBe(422)
    expect(nobody.form('/admin/groups/1/members').email).toBe('x@y.z')
    expect(nobody.html).toContain('No account has this email address.')
    expect((await superuser.submit('/admin/groups/1', '/admin/groups/1/rename', { name: '' })).status).toBe(
      422,
    )
  })

  it('can send a form again that was open for too long, with the input preserved', async () => {
    await addEditors()
    const stale = await superuser.post('/admin/groups', { name: 'writers', csrf_token: 'old' })
    expect([stale.status, stale.form('/admin/groups').name]).toEqual([403, 'writers'])
    expect((await superuser.post('/admin/groups/1/members', { csrf_token: 'old' })).status).toBe(403)
    expect((await superuser.post('/admin/groups/7/members', { csrf_token: 'old' })).status).toBe(404)
  })
})

it('staff see the groups and their members, and no forms to change them', async () => {
  const group = await addEditors()
  await site.signedIn()
  const ada = await site.service.users.findByEmail(ADA.email)
  if (ada) await site.service.groups.add(group, ada, OPERATOR)
  const staff = await signedInAs('isStaff')
  for (const path of ['/admin/groups', '/admin/groups/1']) {
    const { html } = await staff.get(path)
    expect(html).toContain(path === '/admin/groups' ? 'editors' : ADA.email)
    expect(html).toContain('You are staff')
    expect(contentOf(html)).not.toContain('method="post"')
  }
})

it('programs do the same in JSON', async () => {
  await site.signedIn()
  const created = await superuser.json('/admin/groups', { name: 'editors' })
  expect([created.status, JSON.parse(created.html)]).toEqual([201, { id: 1, name: 'editors' }])
  expect((await superuser.json('/admin/groups/1/members', { email: ADA.email })).status).toBe(204)
  const again = await superuser.json('/admin/groups/1/members', { email: ADA.email })
  expect(again.headers.get('content-type')).toContain('application/problem+json')
  expect(JSON.parse(again.html)).toMatchObject({
    status: 422,
    errors: { email: 'ada@example.com is already in this group.' },
  })
  expect(await read('/admin/groups')).toEqual({
    groups: [{ id: 1, name: 'editors', members: 1 }],
    next: null,
  })
  const ada = await site.service.users.findByEmail(ADA.email)
  expect(await read('/admin/groups/1')).toEqual({
    id: 1,
    name: 'editors',
    members: [
      { uuid: ada?.uuid, email: ADA.email, first_name: 'Ada', last_name: 'Lovelace', is_active: true },
    ],
    next: null,
  })
  expect((await superuser.json(`/admin/groups/1/members/${ada?.uuid}/remove`, {})).status).toBe(204)
  expect((await superuser.json(`/admin/groups/1/members/${ada?.uuid}/remove`, {})).status).toBe(404)
  expect((await superuser.json('/admin/groups/1/rename', { name: 5 })).status).toBe(422)
  expect((await superuser.json('/admin/groups/1/rename', { name: 'writers' })).status).toBe(204)
  expect((await superuser.json('/admin/groups/1/delete', {})).status).toBe(204)
  expect((await superuser.json('/admin/groups/1/delete', {})).status).toBe(404)
})

it('no naughty string breaks a field, a URL or the page', async () => {
  await addEditors()
  const benign = skeleton((await superuser.get('/admin/groups/1')).html)
  for (const value of someNaughtyStrings) {
    const escaped = encodeURIComponent(value.toWellFormed())
    const answers = [
      await superuser.json('/admin/groups', { name: value }),
      await superuser.json('/admin/groups/1/members', { email: value }),
      await superuser.get(`/admin/groups?after=${escaped}`),
      await superuser.get(`/admin/groups/${escaped}`),
      await superuser.get(`/admin/groups/1?after=${escaped}`),
    ]
    for (const { status } of answers) expect(status, value).toBeLessThan(500)
    if ((await superuser.json('/admin/groups/1/rename', { name: value })).status !== 204) continue
    expect(skeleton((await superuser.get('/admin/groups/1')).html), value).toBe(benign)
  }
})
