import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import type { Browser } from '../../../support/browser.ts'
import { contentOf } from '../../../support/browser.ts'
import { openSite, type Site } from '../../../support/site.ts'

const ROLES = { person: {}, staff: { isStaff: true }, superuser: { isSuperuser: true } } as const
type Role = keyof typeof ROLES

let site: Site
let browsers: Record<Role | 'anonymous', Browser>
beforeEach(async () => {
  site = await openSite()
  browsers = {
    anonymous: site.browser(),
    person: await as('person'),
    staff: await as('staff'),
    superuser: await as('superuser'),
  }
  const { apps, groups, invitations, users } = site.service
  const group = await groups.create('editors', OPERATOR)
  const person = await users.findByEmail('person@example.com')
  if (group.ok && person) await groups.add(group.value, person, OPERATOR)
  await apps.create({ name: 'Board', origins: ['http://board.demo.localhost'] }, OPERATOR)
  await invitations.invite({}, OPERATOR)
})

/** A browser with a signed-in user of this role. */
async function as(role: Role): Promise<Browser> {
  const email = `${role}@example.com`
  const browser = await site.signedIn({ email })
  const user = await site.service.users.findByEmail(email)
  await site.service.administration.change(user?.uuid ?? '', ROLES[role], OPERATOR)
  return browser
}

/** Every page and every form; `:uuid` is the user's. */
const READING = [
  '/admin',
  '/admin/people',
  '/admin/people?q=ada&filter=staff&order=email',
  '/admin/people/:uuid',
  '/admin/groups',
  '/admin/groups/1',
  '/admin/apps',
  '/admin/apps/1/rules',
  '/admin/invitations',
  '/admin/audit',
  '/admin/audit?event=signed_in&format=json',
]
const WRITING = [
  ['/admin/groups', { name: 'writers' }],
  ['/admin/groups/1/rename', { name: 'writers' }],
  ['/admin/groups/1/members', { email: 'person@example.com' }],
  ['/admin/groups/1/members/:uuid/remove', {}],
  ['/admin/groups/1/delete', {}],
  ['/admin/apps', { name: 'Notes', origins: ['http://notes.demo.localhost'] }],
  ['/admin/apps/1', { name: 'Notes', origins: ['http://notes.demo.localhost'] }],
  ['/admin/apps/1/rules', { path: '/admin/*', allow: 'staff' }],
  ['/admin/apps/1/rules/change', { rule: '/admin/*', path: '/admin/*', allow: 'public' }],
  ['/admin/apps/1/rules/move', { rule: '/admin/*' }],
  ['/admin/apps/1/rules/remove', { rule: '/admin/*' }],
  ['/admin/apps/1/rules/replace', { rules: [] }],
  ['/admin/apps/1/delete', {}],
  ['/admin/invitations', { email: 'bob@example.com' }],
  ['/admin/invitations/1/resend', {}],
  ['/admin/invitations/1/revoke', {}],
  ['/admin/people/:uuid/details', { first_name: 'Augusta' }],
  ['/admin/people/:uuid/rights', { is_staff: true }],
  ['/admin/people/:uuid/groups', { group: 'writers' }],
  ['/admin/people/:uuid/groups/remove', { group: 'editors' }],
  ['/admin/people/:uuid/reset-link', {}],
  ['/admin/people/:uuid/sessions/end-all', {}],
  ['/admin/people/:uuid/sessions/AAAAAAAAAAAAAAAAAAAAAA/end', {}],
] as const

/** Actions that only need the user to exist. */
const isOfPersonAlone = (path: string) => path.startsWith('/admin/people') && !path.includes('/groups')

const theirs = async (path: string) =>
  path.replace(':uuid', (await site.service.users.findByEmail('person@example.com'))?.uuid ?? '')

describe('Read access', () => {
  it.each(READING)(
    '%s: staff and superusers; anonymous visitors sign in first, and other users are rejected',
    async (of) => {
      const path = await theirs(of)
      const stranger = await browsers.anonymous.get(path)
      expect(stranger.status).toBe(302)
      expect(stranger.location).toBe(`${site.origin}/login?next=${encodeURIComponent(site.origin + path)}`)
      const person = await browsers.person.get(path)
      expect([person.status, person.location, person.title]).toEqual([403, null, 'For staff only · Latchkey'])
      for (const role of ['staff', 'superuser'] as const) {
        expect((await browsers[role].get(path)).status, role).toBeLessThan(400)
      }
    },
  )

  it.each(READING)('%s, for a program', async (of) => {
    const path = await theirs(of)
    const ask = async (role: keyof typeof browsers) =>
      (await browsers[role].request(path, { headers: { accept: 'application/json' } })).status
    expect([await ask('anonymous'), await ask('person')]).toEqual([401, 403])
    expect(await ask('staff')).toBeLessThan(400)
    expect(await ask('superuser')).toBeLessThan(400)
  })

  it('ends at the moment the rights are revoked', async () => {
    const staff = await site.service.users.findByEmail('staff@example.com')
    await site.service.administration.change(staff?.uuid ?? '', { isStaff: false }, OPERATOR)
    expect((await browsers.staff.get('/admin/people')).status).toBe(403)
    await site.service.administration.change(staff?.uuid ?? '', { isActive: false }, OPERATOR)
    expect((await browsers.staff.get('/admin/people')).status).toBe(302)
  })
})

describe('Write access', () => {
  it.each(WRITING)('%s: superusers only', async (of, body) => {
    const path = await theirs(of)
    const before = await site.service.users.findByEmail('person@example.com')
    const send = async (role: keyof typeof browsers) => (await browsers[role].json(path, body)).status
    expect([await send('anonymous'), await send('person'), await send('staff')]).toEqual([401, 403, 403])
    expect(await site.service.users.findByEmail('person@example.com')).toEqual(before)
    expect((await browsers.person.get('/account')).status, 'no session was ended').toBe(200)
    const done = await send('superuser')
    if (!isOfPersonAlone(path)) expect([200, 201, 204, 422]).toContain(done)
    else expect(done).toBe(path.endsWith('A/end') ? 404 : /sessions|reset-link/.test(of) ? 204 : 200)
  })

  it.each(WRITING)('%s, with a form: superusers with a token of their own session only', async (of) => {
    const path = await theirs(of)
    const before = await site.service.users.findByEmail('person@example.com')
    // Links are emailed only to the address that was shown.
    const fields = path.endsWith('/reset-link') ? {} : { email: 'eve@example.com' }
    const send = async (role: keyof typeof browsers, token = '') =>
      (await browsers[role].post(path, { csrf_token: token, ...fields })).status
    expect(await send('anonymous')).toBe(302)
    const details = await theirs('/admin/people/:uuid/details')
    const { csrf_token } = (await browsers.superuser.get(await theirs('/admin/people/:uuid'))).form(details)
    for (const token of ['', csrf_token]) {
      expect([await send('person', token), await send('staff', token)]).toEqual([403, 403])
    }
    expect(await send('superuser')).toBe(403)
    expect(await site.service.users.findByEmail('person@example.com')).toEqual(before)
    const done = await send('superuser', csrf_token)
    if (!isOfPersonAlone(path)) expect([200, 303, 404, 422]).toContain(done)
    else expect(done).toBe(path.endsWith('A/end') ? 404 : 303)
  })

  it.each(WRITING)('%s from another site: rejected', async (of) => {
    const path = await theirs(of)
    const headers = {
      origin: 'http://evil.example',
      'sec-fetch-site': 'cross-site',
      'content-type': 'application/json',
    }
    expect((await browsers.superuser.request(path, { method: 'POST', headers, body: '{}' })).status).toBe(403)
  })

  it('staff see no form', async () => {
    const { html } = await browsers.staff.get(await theirs('/admin/people/:uuid'))
    expect(contentOf(html)).not.toContain('method="post"')
    expect(html).toContain('only superusers can change anything')
  })
})

it('the account page links here only for staff', async () => {
  const link = 'href="/admin"'
  expect((await browsers.person.get('/account')).html).not.toContain(link)
  expect((await browsers.staff.get('/account')).html).toContain(link)
  expect((await browsers.superuser.get('/account')).html).toContain(link)
})

it('no page of the administration is cached', async () => {
  const { headers } = await browsers.staff.get('/admin/people')
  expect(headers.get('cache-control')).toBe('private, no-store')
})
