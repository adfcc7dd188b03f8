import { beforeEach, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { someNaughtyStrings } from '../../../../support/naughty-strings.ts'
import type { Browser } from '../../../support/browser.ts'
import { openSite, type Site } from '../../../support/site.ts'

const WIKI = 'http://wiki.demo.localhost:8080'
const PAGE = '/admin/apps/1/rules'
const STALE = 'Someone else changed this after you opened the page. Nothing was saved.'

let site: Site
/** Two administrators. */
let grace: Browser
let linus: Browser
beforeEach(async () => {
  site = await openSite({ forwardAuthProxy: 'nginx' })
  const { users, administration, groups } = site.service
  const administrator = async (email: string) => {
    const browser = await site.signedIn({ email })
    await administration.change((await users.findByEmail(email))?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    return browser
  }
  grace = await administrator('grace@example.com')
  linus = await administrator('linus@example.com')
  await groups.create('editors', OPERATOR)
  await grace.json('/admin/apps', { name: 'Wiki', origins: [WIKI] })
})

const rules = () => site.service.apps.at(WIKI)?.rules
const paths = () => rules()?.map(({ path }) => path)

it('an administrator adds, changes, moves and removes rules', async () => {
  expect((await grace.get('/admin/apps')).html).toContain(`<a href="${PAGE}">Rules for Wiki</a>`)
  const added = await grace.submit(PAGE, PAGE, { path: '/admin/*', allow: 'staff' })
  expect([added.status, added.location]).toEqual([303, `${PAGE}?done=added`])
  await grace.submit(PAGE, PAGE, { path: '/public/', allow: 'public', before: '/admin/*' })
  await grace.submit(PAGE, PAGE, { path: '/edit/*', allow: 'groups', groups: 'editors' })
  expect(rules()).toEqual([
    { path: '/public', allow: 'public' },
    { path: '/admin/*', allow: 'staff' },
    { path: '/edit/*', allow: { groups: ['editors'] } },
  ])
  const page = await grace.get(PAGE)
  expect(page.html).toContain('Rules for Wiki')
  expect(page.html).toContain('Members of editors')
  expect((await grace.get('/admin/apps')).html).toContain('Rules for Wiki (3)')

  const moved = await grace.submit(PAGE, `${PAGE}/move`, { rule: '/edit/*', before: '/public' })
  expect(moved.location).toBe(`${PAGE}?done=moved`)
  expect(paths()).toEqual(['/edit/*', '/public', '/admin/*'])

  const change = await grace.get(`${PAGE}?rule=%2Fedit%2F*`)
  expect(change.form(`${PAGE}/change`)).toMatchObject({ rule: '/edit/*', path: '/edit/*', groups: 'editors' })
  const changed = await grace.post(`${PAGE}/change`, {
    ...change.form(`${PAGE}/change`),
    allow: 'signed-in',
    groups: '',
  })
  expect(changed.location).toBe(`${PAGE}?done=changed`)
  await grace.submit(PAGE, `${PAGE}/remove`, { rule: '/public' })
  expect(rules()).toEqual([
    { path: '/edit/*', allow: 'signed-in' },
    { path: '/admin/*', allow: 'staff' },
  ])
  const log = (await grace.get('/admin/audit?event=app_rules_changed')).html
  expect(log).toContain('Rules of an app changed')
  expect(log).toContain(
    'rules: /edit/* signed-in; /public public; /admin/* staff → /edit/* signed-in; /admin/* staff',
  )
})

it('a mistake is shown beside its field, with the input', async () => {
  await grace.submit(PAGE, PAGE, { path: '/admin/*', allow: 'staff' })
  const wrong = await grace.submit(PAGE, PAGE, { path: '/%61dmin', allow: 'groups', groups: 'editors' })
  expect([wrong.status, wrong.form(PAGE)]).toMatchObject([
    422,
    { path: '/%61dmin', allow: 'groups', groups: 'editors' },
  ])
  expect(wrong.html).toContain('Write the path without codes such as %61')
  const unknown = await grace.submit(PAGE, PAGE, { path: '/x', allow: 'groups', groups: 'editors, writers' })
  expect(unknown.html).toContain('There is no group “writers”. Create it first.')
  const open = await grace.submit(PAGE, PAGE, { path: '/x', allow: 'public', groups: 'editors' })
  expect(open.html).toContain('Choose “Members of groups” above, or leave this empty.')
  const hidden = await grace.submit(PAGE, PAGE, { path: '/admin/x', allow: 'public' })
  expect(hidden.html).toContain(
    'The rule for /admin/x would never apply: the rule for /admin/* above it already matches.',
  )
  expect(paths()).toEqual(['/admin/*'])
})

it('a page that was open while a colleague changed the rules saves nothing, and keeps the input', async () => {
  await grace.submit(PAGE, PAGE, { path: '/admin/*', allow: 'staff' })
  const open = await grace.get(PAGE)
  const change = await grace.get(`${PAGE}?rule=%2Fadmin%2F*`)
  await linus.submit(PAGE, PAGE, { path: '/public', allow: 'public' })
  const add = await grace.post(PAGE, {
    ...open.form(PAGE),
    path: '/mine',
    allow: 'groups',
    groups: 'editors',
  })
  expect([add.status, add.html.includes(STALE)]).toEqual([409, true])
  expect(add.html).toContain('rules: /admin/* staff → /admin/* staff; /public public')
  expect(add.form(PAGE)).toMatchObject({ path: '/mine', allow: 'groups', groups: 'editors' })
  const edit = await grace.post(`${PAGE}/change`, { ...change.form(`${PAGE}/change`), allow: 'public' })
  expect([edit.status, edit.form(`${PAGE}/change`).allow]).toEqual([409, 'public'])
  expect((await grace.post(`${PAGE}/remove`, open.form(`${PAGE}/remove`))).status).toBe(409)
  expect(rules()).toEqual([
    { path: '/admin/*', allow: 'staff' },
    { path: '/public', allow: 'public' },
  ])
  // Sent again as it is shown now.
  expect((await grace.post(PAGE, add.form(PAGE))).status).toBe(303)
  expect(paths()).toEqual(['/admin/*', '/public', '/mine'])
})

it('a page that was open while a colleague moved the app to another origin saves nothing there', async () => {
  const opened = (await grace.get(PAGE)).form(PAGE)
  const moved = 'http://wiki.demo.localhost:9090'
  const change = await linus.submit('/admin/apps?change=1', '/admin/apps/1', {
    origins: moved,
    start_url: '',
  })
  expect(change.status).toBe(303)
  const stale = await grace.post(PAGE, { ...opened, path: '/*', allow: 'public' })
  expect(stale.status).toBe(409)
  expect(stale.html).toContain(STALE)
  expect(stale.html).toContain(moved)
  expect(site.service.apps.at(moved)?.rules).toEqual([])
  const again = await grace.post(PAGE, stale.form(PAGE))
  expect(again.status).toBe(303)
  expect(site.service.apps.at(moved)?.rules).toEqual([{ path: '/*', allow: 'public' }])
})

it('the form of a rule that a colleague removed adds it again only when it is sent once more', async () => {
  await grace.submit(PAGE, PAGE, { path: '/admin/*', allow: 'staff' })
  const change = await grace.get(`${PAGE}?rule=%2Fadmin%2F*`)
  await linus.submit(PAGE, `${PAGE}/remove`)
  const late = await grace.post(`${PAGE}/change`, { ...change.form(`${PAGE}/change`), path: '/new' })
  expect([late.status, late.form(PAGE).path, rules()]).toEqual([409, '/new', []])
})

it('two clicks on one button are one', async () => {
  const form = { ...(await grace.get(PAGE)).form(PAGE), path: '/admin/*', allow: 'staff' }
  const [one, other] = await Promise.all([grace.post(PAGE, form), grace.post(PAGE, form)])
  expect([one.status, other.status, paths()]).toEqual([303, 303, ['/admin/*']])
  await grace.submit(PAGE, PAGE, { path: '/public', allow: 'public' })
  const page = await grace.get(PAGE)
  const move = page.form(`${PAGE}/move`)
  const moves = await Promise.all([grace.post(`${PAGE}/move`, move), grace.post(`${PAGE}/move`, move)])
  expect([...moves.map(({ status }) => status), paths()]).toEqual([303, 303, ['/public', '/admin/*']])
})

it('what became of a rule since is shown beside it', async () => {
  await grace.submit(PAGE, PAGE, { path: '/edit', allow: 'groups', groups: 'editors' })
  const { groups, appPermissions } = site.service
  await appPermissions.publish(1, [{ name: 'wiki.read', description: '', groups: [] }])
  expect((await grace.get(PAGE)).html).toContain('Defined permissions: wiki.read')
  await grace.submit(PAGE, PAGE, { path: '/read', allow: 'permissions', permissions: 'wiki.read' })
  const group = await groups.named('editors')
  const groupPage = (await grace.get(`/admin/groups/${group?.id}`)).html
  expect(groupPage).toContain('Rules of these apps name this group, and don’t follow a new name: Wiki')
  if (group) await groups.remove(group, OPERATOR)
  await appPermissions.publish(1, [])
  const { html } = await grace.get(PAGE)
  expect(html).toContain('There is no group “editors”, so it has no members.')
  expect(html).toContain('No permission “wiki.read” is defined, so only superusers may open this path.')
})

it('an app with rules is not removed, and its page says why', async () => {
  await grace.submit(PAGE, PAGE, { path: '/admin/*', allow: 'staff' })
  const refused = await grace.submit('/admin/apps?change=1', '/admin/apps/1/delete')
  expect([refused.status, refused.form('/admin/apps/1').name]).toEqual([422, 'Wiki'])
  expect(refused.html).toContain('Remove the rules of this app first')
  expect((await grace.json('/admin/apps/1/delete', {})).status).toBe(422)
  await grace.json(`${PAGE}/replace`, { rules: [] })
  expect((await grace.json('/admin/apps/1/delete', {})).status).toBe(204)
  expect((await grace.get(PAGE)).status).toBe(404)
})

it('programs do the same in JSON, in the format of FORWARD_AUTH_RULES', async () => {
  const staff = { path: '/admin/*', allow: 'staff' }
  const editors = { path: '/edit', groups: ['editors'] }
  const added = await grace.json(PAGE, staff)
  expect([added.status, JSON.parse(added.html)]).toEqual([200, { rules: [staff] }])
  await grace.json(PAGE, { ...editors, before: '/admin/*' })
  const listed = await grace.request(PAGE, { headers: { accept: 'application/json' } })
  expect(JSON.parse(listed.html)).toEqual({ rules: [editors, staff] })
  const moved = await grace.json(`${PAGE}/move`, { rule: '/edit' })
  expect(JSON.parse(moved.html)).toEqual({ rules: [staff, editors] })
  const changed = await grace.json(`${PAGE}/change`, { rule: '/edit', path: '/edit', allow: 'public' })
  expect(JSON.parse(changed.html).rules[1]).toEqual({ path: '/edit', allow: 'public' })
  const shown = { rules: 'something else' }
  const stale = await grace.json(`${PAGE}/remove`, { rule: '/edit', shown })
  expect([stale.status, JSON.parse(stale.html)]).toMatchObject([
    409,
    { code: 'changed_meanwhile', now: { rules: '/admin/* staff; /edit public' } },
  ])
  const replaced = await grace.json(`${PAGE}/replace`, { rules: [editors] })
  expect(JSON.parse(replaced.html)).toEqual({ rules: [editors] })
  for (const wrong of [undefined, {}, [5], [null], 'x', Array(51).fill(staff)]) {
    const refused = await grace.json(`${PAGE}/replace`, { rules: wrong })
    expect([refused.status, Object.keys(JSON.parse(refused.html).errors)]).toEqual([422, ['rules']])
  }
  expect((await grace.json(`${PAGE}/remove`, { rule: '/gone' })).status).toBe(422)
  expect((await grace.json('/admin/apps/9/rules', staff)).status).toBe(404)
  expect(rules()).toEqual([{ path: '/edit', allow: { groups: ['editors'] } }])
})

it('staff who are no superusers see the rules, and change nothing', async () => {
  await grace.json(PAGE, { path: '/admin/*', allow: 'staff' })
  const staff = await site.signedIn()
  const { users, administration } = site.service
  await administration.change(
    (await users.findByEmail('ada@example.com'))?.uuid ?? '',
    { isStaff: true },
    OPERATOR,
  )
  const { html } = await staff.get(PAGE)
  expect(html).toContain('/admin/*')
  expect(html).not.toContain(`action="${PAGE}`)
  for (const path of ['', '/change', '/move', '/remove', '/replace']) {
    expect(
      (await staff.json(PAGE + path, { rule: '/admin/*', path: '/admin/*', allow: 'public' })).status,
    ).toBe(403)
  }
  expect(rules()).toEqual([{ path: '/admin/*', allow: 'staff' }])
})

it('no naughty string in any field breaks anything', async () => {
  await grace.json(PAGE, { path: '/admin/*', allow: 'staff' })
  for (const value of someNaughtyStrings) {
    const fields = ['path', 'allow', 'groups', 'permissions', 'before', 'rule', 'shown']
    for (const field of fields) {
      const { status } = await grace.json(PAGE, { path: '/x', allow: 'staff', [field]: value })
      expect([200, 409, 422], value).toContain(status)
      if (status === 200) await grace.json(`${PAGE}/remove`, { rule: '/x' })
      expect((await grace.get(`${PAGE}?rule=${encodeURIComponent(value.toWellFormed())}`)).status).toBe(200)
    }
  }
  expect(paths()).toEqual(['/admin/*'])
})

it('without a proxy that asks, the page says that the rules protect nothing', async () => {
  const other = await openSite()
  const root = await other.signedIn()
  const { users, administration, apps } = other.service
  await administration.change(
    (await users.findByEmail('ada@example.com'))?.uuid ?? '',
    { isSuperuser: true },
    OPERATOR,
  )
  await apps.create({ name: 'Wiki', origins: [WIKI] }, OPERATOR)
  expect((await root.get('/admin/apps')).html).not.toContain('Rules for Wiki')
  expect((await root.get(PAGE)).html).toContain('These rules protect nothing yet: set FORWARD_AUTH_PROXY')
})
