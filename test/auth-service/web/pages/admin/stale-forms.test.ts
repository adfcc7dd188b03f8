import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import type { User } from '../../../../../auth-service/src/users/users.ts'
import type { Browser } from '../../../support/browser.ts'
import { mailsOf } from '../../../support/mails.ts'
import { ADA, openSite, type Site } from '../../../support/site.ts'

const SHOP = 'http://shop.example:8080'

let site: Site
/** Two administrators. */
let grace: Browser
let linus: Browser
let ada: User
let path: string
beforeEach(async () => {
  site = await openSite()
  await site.signedIn()
  const { users, administration } = site.service
  const administrator = async (email: string) => {
    const browser = await site.signedIn({ email })
    await administration.change((await users.findByEmail(email))?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    return browser
  }
  grace = await administrator('grace@example.com')
  linus = await administrator('linus@example.com')
  ada = (await users.findByEmail(ADA.email)) as User
  path = `/admin/people/${ada.uuid}`
})

const now = async () => (await site.service.users.findByUuid(ada.uuid)) as User
const rights = async () => {
  const { isActive, isStaff, isSuperuser } = await now()
  return { isActive, isStaff, isSuperuser }
}

describe('A form for rights that was open while a colleague changed them', () => {
  it('restores no revoked rights, and shows what happened', async () => {
    await linus.json(`${path}/rights`, { is_superuser: true })
    const open = (await grace.get(path)).form(`${path}/rights`)
    await linus.json(`${path}/rights`, { is_active: false, is_superuser: false })
    const page = await grace.post(`${path}/rights`, { ...open, is_staff: 'on' })
    expect(page.status).toBe(409)
    expect(page.html).toContain('Someone else changed this after you opened the page. Nothing was saved.')
    expect(page.html).toContain('<li>is active: yes → no</li><li>is superuser: yes → no</li>')
    expect(await rights()).toEqual({ isActive: false, isStaff: false, isSuperuser: false })
  })

  it('can then be sent again as shown, with the current rights', async () => {
    const open = (await grace.get(path)).form(`${path}/rights`)
    await linus.json(`${path}/rights`, { is_active: false })
    const page = await grace.post(`${path}/rights`, { ...open, is_staff: 'on' })
    const again = page.form(`${path}/rights`)
    expect(again).not.toHaveProperty('is_active')
    expect((await grace.post(`${path}/rights`, { ...again, is_staff: 'on' })).status).toBe(303)
    expect(await rights()).toEqual({ isActive: false, isStaff: true, isSuperuser: false })
  })

  it('changes nothing, and says so, if nothing was changed on it', async () => {
    const open = (await grace.get(path)).form(`${path}/rights`)
    await linus.json(`${path}/rights`, { is_active: false })
    expect((await grace.post(`${path}/rights`, open)).status).toBe(303)
    expect(await rights()).toMatchObject({ isActive: false })
  })

  it('is accepted if both made the same change', async () => {
    const { is_active: _, ...open } = (await grace.get(path)).form(`${path}/rights`)
    await linus.json(`${path}/rights`, { is_active: false })
    expect((await grace.post(`${path}/rights`, open)).status).toBe(303)
  })

  it('loses to the first of two simultaneous forms, whose change is kept', async () => {
    const open = (await grace.get(path)).form(`${path}/rights`)
    const { is_active: _, ...opened } = (await linus.get(path)).form(`${path}/rights`)
    const answers = await Promise.all([
      grace.post(`${path}/rights`, { ...open, is_staff: 'on' }),
      linus.post(`${path}/rights`, opened),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    const isFirst = answers[0]?.status === 303
    expect(await rights()).toMatchObject({ isStaff: isFirst, isActive: isFirst })
  })
})

describe('A form for the name and address that was open in the meantime', () => {
  it('writes only what was changed on it, so that a newly confirmed address stays', async () => {
    const open = (await grace.get(path)).form(`${path}/details`)
    await site.service.users.update(ada.uuid, { email: 'ada@navy.example', emailVerifiedAt: 1 })
    const page = await grace.post(`${path}/details`, { ...open, last_name: 'King' })
    expect(page.status).toBe(303)
    expect(await now()).toMatchObject({
      email: 'ada@navy.example',
      emailVerifiedAt: 1,
      firstName: 'Ada',
      lastName: 'King',
    })
  })

  it("does not overwrite the user's change to the same field, and keeps the input", async () => {
    const open = (await grace.get(path)).form(`${path}/details`)
    await site.service.users.update(ada.uuid, { lastName: 'Byron', firstName: 'Augusta' })
    const page = await grace.post(`${path}/details`, { ...open, last_name: 'King' })
    expect([page.status, page.html.includes('last name: Lovelace → Byron')]).toEqual([409, true])
    expect(page.form(`${path}/details`)).toMatchObject({ first_name: 'Augusta', last_name: 'King' })
    expect(await now()).toMatchObject({ firstName: 'Augusta', lastName: 'Byron' })
    expect((await grace.post(`${path}/details`, page.form(`${path}/details`))).status).toBe(303)
    expect(await now()).toMatchObject({ firstName: 'Augusta', lastName: 'King' })
  })

  it('emails no link to another address than the one shown', async () => {
    const before = await grace.get(path)
    await site.service.users.update(ada.uuid, { email: 'eve@example.com' })
    const mails = (await mailsOf(site.service)).length
    for (const action of ['reset-link', 'mail-confirmation']) {
      const page = await grace.post(`${path}/${action}`, before.form(`${path}/${action}`))
      expect([page.status, page.html.includes('ada@example.com → eve@example.com')]).toEqual([409, true])
    }
    expect(await mailsOf(site.service)).toHaveLength(mails)
  })
})

describe('Programs', () => {
  it('change only what they send', async () => {
    expect((await grace.json(`${path}/details`, { last_name: 'King' })).status).toBe(200)
    expect((await grace.json(`${path}/rights`, { is_staff: true })).status).toBe(200)
    expect(await now()).toMatchObject({ email: ADA.email, firstName: 'Ada', lastName: 'King', isStaff: true })
    await grace.json('/admin/apps', { name: 'Shop', origins: [SHOP], icon: 'X' })
    expect((await grace.json('/admin/apps/1', { name: 'Store' })).status).toBe(200)
    expect(site.service.apps.at(SHOP)).toMatchObject({ name: 'Store', icon: 'X' })
  })

  it('are rejected if a value is not what they expect', async () => {
    const shown = { is_active: true, is_staff: true }
    const page = await grace.json(`${path}/rights`, { is_superuser: true, shown })
    expect([page.status, JSON.parse(page.html)]).toMatchObject([409, { now: { is_staff: false } }])
    const names = await grace.json(`${path}/details`, { last_name: 'King', shown: { last_name: 'Byron' } })
    expect(names.status).toBe(409)
    expect(await now()).toEqual(ada)
  })

  it.each(['{', '[]', '"text"', 'null', '{"last_name":[]}', 7])(
    'can send anything as the expected values: %j',
    async (shown) => {
      const page = await grace.json(`${path}/details`, { last_name: 'King', shown })
      expect([200, 409]).toContain(page.status)
    },
  )
})

describe('The page of a group that was renamed in the meantime', () => {
  let before: Awaited<ReturnType<Browser['get']>>
  beforeEach(async () => {
    await grace.json('/admin/groups', { name: 'readers' })
    await grace.json('/admin/groups/1/members', { email: 'linus@example.com' })
    before = await grace.get('/admin/groups/1')
    await linus.json('/admin/groups/1/rename', { name: 'admins' })
  })

  it.each(['rename', 'delete', 'members'])('does nothing meant for the other name: %s', async (what) => {
    const form = before.form(`/admin/groups/1/${what}`)
    const page = await grace.post(`/admin/groups/1/${what}`, { ...form, name: 'writers', email: ADA.email })
    expect([page.status, page.html.includes('readers → admins')]).toEqual([409, true])
    const group = await site.service.groups.find(1)
    expect(group?.name).toBe('admins')
    expect((await now()).groups).toEqual([])
  })

  it('removes no one either', async () => {
    const uuid = (await site.service.users.findByEmail('linus@example.com'))?.uuid
    const action = `/admin/groups/1/members/${uuid}/remove`
    expect((await grace.post(action, before.form(action))).status).toBe(409)
    expect((await site.service.users.findByUuid(uuid ?? ''))?.groups).toEqual(['admins'])
  })
})

describe('The form of an app that was changed in the meantime', () => {
  it('shows what happened, and keeps the input over the current values', async () => {
    await grace.json('/admin/apps', { name: 'Shop', origins: [SHOP] })
    const before = await grace.get('/admin/apps?change=1')
    await linus.json('/admin/apps/1', { origins: [SHOP, 'http://new.example'], icon: 'N' })
    const page = await grace.post('/admin/apps/1', { ...before.form('/admin/apps/1'), name: 'Store' })
    expect([page.status, page.html.includes(`origins: ${SHOP} → ${SHOP} http://new.example`)]).toEqual([
      409,
      true,
    ])
    expect(page.form('/admin/apps/1')).toMatchObject({ name: 'Store', icon: 'N' })
    expect(site.service.apps.at('http://new.example')?.name).toBe('Shop')
    expect((await grace.post('/admin/apps/1/delete', before.form('/admin/apps/1/delete'))).status).toBe(409)
    expect((await grace.post('/admin/apps/1', page.form('/admin/apps/1'))).status).toBe(303)
    expect(site.service.apps.at('http://new.example')).toMatchObject({ name: 'Store', icon: 'N' })
  })
})

describe("A user's own name in two tabs", () => {
  it("is saved field by field, and never overwrites the other tab's change", async () => {
    const browser = await site.signedIn({ email: 'eve@example.com', first_name: 'Eve', last_name: 'Old' })
    const eve = async () => (await site.service.users.findByEmail('eve@example.com')) as User
    const [one, two] = [await browser.get('/account/names'), await browser.get('/account/names')]
    const send = (page: typeof one, fields: Record<string, string>) =>
      browser.post('/account/names', { ...page.form('/account/names'), ...fields })
    expect((await send(one, { last_name: 'New' })).status).toBe(303)
    expect((await send(two, { first_name: 'Eva' })).status).toBe(303)
    expect(await eve()).toMatchObject({ firstName: 'Eva', lastName: 'New' })
    const page = await send(two, { last_name: 'Third' })
    expect([page.status, page.form('/account/names')]).toMatchObject([
      409,
      { first_name: 'Eva', last_name: 'Third' },
    ])
    expect((await send(page, {})).status).toBe(303)
    expect(await eve()).toMatchObject({ firstName: 'Eva', lastName: 'Third' })
  })
})
