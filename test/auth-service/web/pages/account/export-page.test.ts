import { expect, it } from 'vitest'
import { openSite, PASSWORD } from '../../../support/site.ts'

it('users get all data stored about them as a file, without secrets', async () => {
  const site = await openSite()
  const browser = await site.signedIn()
  const { status, headers, html } = await browser.get('/account/export')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json')
  expect(headers.get('content-disposition')).toBe('attachment; filename="account.json"')
  expect(headers.get('cache-control')).toBe('private, no-store')
  const exported = JSON.parse(html)
  expect(exported).toMatchObject({
    profile: { email: 'ada@example.com', first_name: 'Ada' },
    sessions: [{ user_agent: 'Test' }],
    history: [{ event: 'registered' }],
  })
  expect(html).not.toContain(PASSWORD)
  expect(html).not.toMatch(/bcrypt|password"|jti/)
})

it('anonymous visitors get nothing', async () => {
  const site = await openSite()
  const { status, location } = await site.browser().get('/account/export')
  expect(status).toBe(302)
  expect(location).toContain('/login?')
})
