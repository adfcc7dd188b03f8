import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { assetUrl } from '../../../../auth-service/src/web/middleware/assets.ts'
import { addUser, DEVICE } from '../../support/services.ts'
import { openSite } from '../../support/site.ts'

/** The limit for a page's size, in uncompressed bytes. */
const LIMIT = 30 * 1024

/** GET routes that are no pages. */
const NO_PAGES = [
  '/',
  '/account/export',
  '/assets/:name',
  '/healthz',
  '/mailbox/:id{[0-9]{1,9}}/html',
  '/revocations',
  '/.well-known/jwks.json',
  '/.well-known/change-password',
]

/** A service in use, and a signed-in user's page on it: each list is longer than one page. */
async function readAll() {
  const site = await openSite({ signInByMail: 'on' })
  const { service, app } = site
  const { users, administration, groups, apps, invitations, audit, sessions } = service
  const superuser = await site.signedIn()
  const ada = await users.findByEmail('ada@example.com')
  if (!ada) throw new Error('Nobody has registered.')
  await administration.change(ada.uuid, { isSuperuser: true, isStaff: true }, OPERATOR)
  const everybody = await groups.create('everybody', OPERATOR)
  for (let index = 0; index < 60; index++) {
    const person = await addUser(service, `somebody.with.a.name-${index}@mail.example.com`)
    const group = await groups.create(`department-${index}`, OPERATOR)
    if (everybody.ok) await groups.add(everybody.value, person, OPERATOR)
    if (group.ok && index < 20) await groups.add(group.value, ada, OPERATOR)
    await invitations.invite({ email: `guest-${index}@mail.example.com` }, { uuid: ada.uuid, device: DEVICE })
    await audit.record({
      event: 'signed_in',
      subject: ada.uuid,
      actor: ada.uuid,
      sid: null,
      device: DEVICE,
    })
  }
  for (let index = 0; index < 25; index++) {
    await apps.create({ name: `App ${index}`, origins: [`http://app${index}.demo.localhost`] }, OPERATOR)
    const person = await users.findByUuid(ada.uuid)
    if (person && index < 10) await sessions.start(person, DEVICE)
  }
  const paths = app.routes
    .filter(({ method, path }) => method === 'GET' && !NO_PAGES.includes(path))
    .map(({ path }) => path.replace(':uuid', ada.uuid).replace(/:\w+(\{[^/]*\})?/, '1'))
  paths.push('/admin/apps?change=1')
  const pages = new Map<string, string>()
  // /account/confirm asks only after the last proof has expired. The access token has expired by then, and is renewed.
  service.wait(16 * 60)
  for (const browser of [superuser, site.browser()]) {
    for (const path of paths) {
      const { status, html } = await browser.get(path)
      if (status < 300 || status >= 400) pages.set(browser === superuser ? path : `${path}, signed out`, html)
    }
  }
  return { paths, pages }
}

/** Everything a browser loads automatically to show a page. */
const fetchedBy = (html: string): string[] =>
  [
    ...html.matchAll(
      /<(?:link|script|img|use|image|source|iframe|object|embed|video|audio)\b[^>]*? (?:href|src|srcset|data|poster)="([^"]*)"/g,
    ),
    ...html.matchAll(/url\(([^)]*)\)/g),
  ].map(([, address = '']) => address)

it('every page, also with long lists, is small and loads everything from this service', async () => {
  const { paths, pages } = await readAll()
  expect(paths.filter((path) => !pages.has(path) && !pages.has(`${path}, signed out`))).toEqual([])
  expect(paths).toEqual(expect.arrayContaining(['/login', '/account', '/admin', '/admin/audit', '/mailbox']))

  const weights = [...pages].map(([path, html]) => [path, Buffer.byteLength(html)] as const)
  expect(weights.filter(([, bytes]) => bytes >= LIMIT)).toEqual([])

  for (const [path, html] of pages) {
    const fetched = fetchedBy(html)
    expect(fetched, path).toContain(assetUrl('theme.css'))
    const ours = /^(\/assets\/[\w.-]+\?v=[\w-]{12}|\/mailbox\/1\/html)$/
    for (const address of fetched) expect(address, path).toMatch(ours)
  }
})
