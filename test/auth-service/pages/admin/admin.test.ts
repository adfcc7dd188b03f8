import { beforeEach, describe, expect, it } from 'vitest'
import type { Browser } from '../../support/browser.ts'
import { openSite, type Site } from '../../support/site.ts'

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
})

/** A browser in which somebody of this role is signed in, who got it before. */
async function as(role: Role): Promise<Browser> {
  const email = `${role}@example.com`
  const browser = await site.signedIn({ email })
  const user = await site.service.users.findByEmail(email)
  await site.service.users.update(user?.uuid ?? '', ROLES[role])
  return browser
}

const READING = ['/admin', '/admin/people', '/admin/people?filter=staff&order=email']

describe('who may read', () => {
  it.each(READING)(
    '%s: staff and superusers; strangers sign in first, all others are refused',
    async (path) => {
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

  it.each(READING)('%s, as a program asks', async (path) => {
    const ask = async (role: keyof typeof browsers) =>
      (await browsers[role].request(path, { headers: { accept: 'application/json' } })).status
    expect([await ask('anonymous'), await ask('person')]).toEqual([401, 403])
    expect([await ask('staff'), await ask('superuser')]).not.toContain(403)
  })

  it('nobody whom it was taken away from, from that moment on', async () => {
    const staff = await site.service.users.findByEmail('staff@example.com')
    await site.service.users.update(staff?.uuid ?? '', { isStaff: false })
    expect((await browsers.staff.get('/admin/people')).status).toBe(403)
    await site.service.users.update(staff?.uuid ?? '', { isActive: false })
    expect((await browsers.staff.get('/admin/people')).status).toBe(302)
  })
})

it('the account page leads staff here, and nobody else', async () => {
  const link = 'href="/admin"'
  expect((await browsers.person.get('/account')).html).not.toContain(link)
  expect((await browsers.staff.get('/account')).html).toContain(link)
  expect((await browsers.superuser.get('/account')).html).toContain(link)
})

it('no page of it is kept by a cache', async () => {
  const { headers } = await browsers.staff.get('/admin/people')
  expect(headers.get('cache-control')).toBe('private, no-store')
})
