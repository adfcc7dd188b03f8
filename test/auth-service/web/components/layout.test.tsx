import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { assetUrl } from '../../../../auth-service/src/web/middleware/assets.ts'
import { SVG } from '../../support/logos.ts'
import { mailsOf } from '../../support/mails.ts'
import { openSite, type Site } from '../../support/site.ts'

const links = [
  { label: 'Imprint & <b>', href: 'https://example.com/imprint?a=1&b="2"' },
  { label: 'Privacy', href: '/privacy' },
]

describe('A service with its own brand', () => {
  let site: Site
  beforeEach(async () => {
    site = await openSite({
      brand: {
        name: 'Söhne & Co',
        logo: { type: 'image/svg+xml', body: new Uint8Array(Buffer.from(SVG)) },
        css: ':root { --accent: #7a1f5c; }',
        links,
      },
    })
  })

  it.each(['/login', '/register', '/password/forgot', '/verify-email', '/nothing', '/nothing'])(
    'has its name, icon, logo, style and links on %s',
    async (path) => {
      const { html, title } = await site.browser().get(path)
      expect(title).toMatch(/ · Söhne & Co$/)
      expect(html).toMatch(
        /<link rel="icon" type="image\/svg\+xml" href="\/assets\/logo\.svg\?v=[\w-]{12}"\/><link rel="stylesheet" href="\/assets\/theme\.css\?v=[\w-]{12}"\/><link rel="stylesheet" href="\/assets\/brand\.css\?v=[\w-]{12}"\/>/,
      )
      expect(html).toMatch(
        /<a class="brand" href="\/"><img class="logo" src="\/assets\/logo\.svg\?v=[\w-]{12}" alt=""\/>Söhne &amp; Co<\/a>/,
      )
      expect(html).toContain(
        '<a href="https://example.com/imprint?a=1&amp;b=&quot;2&quot;">Imprint &amp; &lt;b&gt;</a>',
      )
      expect(html).toContain('<a href="/privacy">Privacy</a>')
      expect(html).not.toContain('Latchkey')
    },
  )

  it('shows them to signed-in users, too', async () => {
    const { title, html } = await (await site.signedIn()).get('/account')
    expect(title).toBe('Your account · Söhne & Co')
    expect(html).toContain('<a href="/privacy">Privacy</a>')
  })

  it('has a logo that runs and loads nothing, even when opened directly', async () => {
    const { html } = await site.browser().get('/login')
    const [, address = ''] = /src="(\/assets\/logo[^"]*)"/.exec(html) ?? []
    const { status, headers } = await site.app.request(address)
    expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('invites users under its name', async () => {
    await site.service.invitations.invite({ email: 'bob@example.com' }, OPERATOR)
    const [mail] = await mailsOf(site.service)
    expect(mail?.subject).toBe('You are invited to Söhne & Co')
    expect(mail?.html).toContain('Söhne &amp; Co')
    expect(mail?.text.replace(/\s+/g, ' ')).toContain(`create an account at Söhne & Co, ${site.origin}.`)
  })
})

it("a service without a brand has Latchkey's name and key, one style sheet, and only the languages in its footer", async () => {
  const { html, title } = await (await openSite()).browser().get('/login')
  expect(title).toBe('Sign in · Latchkey')
  expect(html).toMatch(/<a class="brand" href="\/"><svg .*?<\/svg>Latchkey<\/a>/)
  expect(html.match(/<link rel="stylesheet"[^>]*>/g)).toEqual([
    `<link rel="stylesheet" href="${assetUrl('theme.css')}"/>`,
  ])
  expect(html).toContain('<footer class="foot"><section class="languages"')
})
