import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { ADA, openSite, PASSWORD } from '../../../support/site.ts'

const DELETE = '/account/delete'

it('requires the password, signs out everywhere, and says that signing in again keeps the account', async () => {
  const site = await openSite()
  const browser = await site.signedIn()
  const elsewhere = site.browser()
  await elsewhere.json('/login', ADA)
  expect((await browser.get('/account')).html).toContain('href="/account/delete"')
  const page = await browser.get(DELETE)
  expect(page).toMatchObject({ status: 200, title: expect.stringMatching(/^Delete your account/) })
  expect(page.html).toContain('after 14 days')

  const done = await browser.submit(DELETE, DELETE, { password: PASSWORD })
  expect(done).toMatchObject({ status: 303, location: `${site.origin}/login?notice=deletion_requested` })
  expect((await browser.get('/login?notice=deletion_requested')).html).toContain(
    'Your account will be deleted',
  )
  expect(await browser.cookies()).not.toContain('jwt.access')
  expect((await elsewhere.get('/account')).status).toBe(302)
})

it.each([
  ['', 'Enter your password.'],
  ['wrong horse', 'This is not your current password.'],
])('deletes nothing for the password "%s"', async (password, sentence) => {
  const site = await openSite()
  const browser = await site.signedIn()
  const refused = await browser.submit(DELETE, DELETE, { password })
  expect(refused).toMatchObject({ status: 422, title: expect.stringMatching(/^Error: /) })
  expect(refused.html).toContain(sentence)
  const account = await browser.get('/account')
  expect(account.status).toBe(200)
  expect(account.html.includes('Change refused: wrong password')).toBe(password !== '')
  expect(await site.service.users.findByEmail(ADA.email)).toMatchObject({ deletionDueAt: null })
})

it('keeps the account when its owner signs in again, says so, and shows it first', async () => {
  const site = await openSite()
  const browser = await site.signedIn()
  await browser.submit(DELETE, DELETE, { password: PASSWORD })
  const next = 'http://app1.demo.localhost:4001/notes'
  const back = await browser.submit(`/login?next=${next}`, '/login', { email: ADA.email, password: PASSWORD })
  expect(back).toMatchObject({ status: 303, location: `${site.origin}/account?notice=deletion_cancelled` })
  const account = await browser.get('/account?notice=deletion_cancelled')
  expect(account.html).toContain('You signed in, so we kept it.')
  expect(account.html).toContain('Account deletion cancelled by signing in')
  expect(await site.service.users.findByEmail(ADA.email)).toMatchObject({ deletionDueAt: null })
})

it('keeps the only superuser', async () => {
  const site = await openSite()
  const browser = await site.signedIn()
  const ada = await site.service.users.findByEmail(ADA.email)
  await site.service.administration.change(ada?.uuid ?? '', { isSuperuser: true }, OPERATOR)
  const refused = await browser.submit(DELETE, DELETE, { password: PASSWORD })
  expect(refused.status).toBe(422)
  expect(refused.html).toContain('You are the last superuser')
})

it('does the same for programs', async () => {
  const site = await openSite({ deletionGrace: 86_400 })
  const browser = await site.signedIn()
  const refused = await browser.json(DELETE, { password: 'wrong horse' })
  expect(refused.status).toBe(422)
  expect(JSON.parse(refused.html).errors).toEqual({ password: 'This is not your current password.' })
  const done = await browser.json(DELETE, { password: PASSWORD })
  expect(done.status).toBe(200)
  const due = Math.floor(site.service.now() / 1000) + 86_400
  expect(JSON.parse(done.html)).toEqual({ deletion_due_at: due })
  const back = await browser.json('/login', ADA)
  expect(back.status).toBe(200)
  expect(JSON.parse(back.html)).toMatchObject({ email: ADA.email, deletion_cancelled: true })
})

it('accepts no form of another site or session', async () => {
  const site = await openSite()
  const browser = await site.signedIn()
  const stranger = await browser.request(DELETE, {
    method: 'POST',
    headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    body: `password=${PASSWORD}`,
  })
  expect(stranger.status).toBe(403)
  const unsigned = await browser.post(DELETE, { password: PASSWORD })
  expect(unsigned.status).toBe(403)
  expect((await browser.get('/account')).status).toBe(200)
})
