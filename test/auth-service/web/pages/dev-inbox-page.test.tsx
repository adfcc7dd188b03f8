import { describe, expect, it } from 'vitest'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { NOW } from '../../../support/tokens.ts'
import { attribute, contentOf } from '../../support/browser.ts'
import { smtpSettings } from '../../support/mail-server.ts'
import { openSite, type Site } from '../../support/site.ts'

/** Shows times in the reader's time zone. */
const OWN_SCRIPT = /<script type="module" src="\/assets\/local-time\.js\?v=[\w-]+"><\/script>/

const RESET = {
  to: 'ada@example.com',
  subject: 'Choose a new password',
  text: 'Hello Ada,\n\nopen http://auth.demo.localhost/password/reset?token=abc.\n',
  html: '<p>Hello <script>alert(1)</script> Ada</p>',
}

const asJson = { headers: { accept: 'application/json' } }

/** The dev inbox's response at this path. */
const ask = (site: Site, url: string, init: RequestInit = {}) => site.app.request(url, init)

describe('The dev inbox', () => {
  it('is empty at first', async () => {
    const site = await openSite()
    const { status, title, html, headers } = await site.browser().get('/mailbox')
    expect([status, title]).toEqual([200, 'Inbox · Latchkey'])
    expect(html).toContain('No emails yet.')
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  it('lists what would have been sent, latest first, and shows each message', async () => {
    const site = await openSite()
    await site.service.mail.send(RESET)
    site.service.wait(120)
    await site.service.mail.send({ ...RESET, to: 'bob@example.com', subject: ' ' })
    const { html } = await site.browser().get('/mailbox')
    expect([...html.matchAll(/<a href="(\/mailbox\/\d+)">(.*?)<\/a>/g)].map(([, ...link]) => link)).toEqual([
      ['/mailbox/2', '(no subject)'],
      ['/mailbox/1', 'Choose a new password'],
    ])
    expect(html).toContain('To bob@example.com')
    expect(html).toContain('2 minutes ago')

    const mail = await site.browser().get('/mailbox/1')
    expect([mail.status, mail.title]).toEqual([200, 'Choose a new password · Latchkey'])
    expect(mail.html).toContain('ada@example.com')
  })

  it('shows the text without markup, with links to our own pages only', async () => {
    const site = await openSite()
    const { origin } = site
    const text = `Open ${origin}/password/reset?token=abc&x=1.\nOr <b>https://evil.example/</b> or ${origin}.evil.example/`
    await site.service.mail.send({ ...RESET, text })
    const { html } = await site.browser().get('/mailbox/1')
    const links = [...html.matchAll(/<a href="(http[^"]*)"/g)].map(([, href]) => href)
    expect(links).toEqual([`${origin}/password/reset?token=abc&amp;x=1`])
    expect(html).toContain('&lt;b&gt;https://evil.example/&lt;/b&gt;')
    expect(html.replace(OWN_SCRIPT, '')).not.toMatch(/<script|<b>|alert/)
  })

  it('shows the HTML in a sandboxed frame where only links work', async () => {
    const site = await openSite()
    const link = `${site.origin}/login`
    await site.service.mail.send({ ...RESET, html: `<html><head></head><a href="${link}">go</a></html>` })
    const { html, headers } = await site.browser().get('/mailbox/1')
    const [frame = ''] = html.match(/<iframe[^>]*>/) ?? []
    expect(attribute(frame, 'src')).toBe('/mailbox/1/html')
    expect(attribute(frame, 'sandbox')).toBe('allow-top-navigation-by-user-activation')
    expect(headers.get('content-security-policy')).toContain("; frame-src 'self'")

    const letter = await site.browser().get('/mailbox/1/html')
    expect(letter.html).toBe(`<html><head><base target="_top"></head><a href="${link}">go</a></html>`)
    expect(letter.headers.get('content-type')).toBe('text/html; charset=UTF-8')
    expect(letter.headers.get('cache-control')).toBe('private, no-store')
    expect(letter.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*; sandbox /)
    const list = await site.browser().get('/mailbox')
    for (const page of [list, await site.browser().get('/mailbox/2/html')])
      expect(page.headers.get('content-security-policy')).not.toMatch(/frame-src|unsafe-inline/)
  })

  it('shows older messages without HTML and without a frame', async () => {
    const site = await openSite()
    const { db, outbox } = site.service.database
    const { to: recipient, subject, text } = RESET
    await db.insert(outbox).values({ recipient, subject, text, createdAt: NOW, attempts: 0 })
    expect((await site.browser().get('/mailbox/1')).html).not.toContain('<iframe')
    expect((await site.browser().get('/mailbox/1/html')).status).toBe(404)
  })

  it('returns the same data to programs', async () => {
    const site = await openSite()
    await site.service.mail.send(RESET)
    const { db, outbox } = site.service.database
    const old = { recipient: 'bob@example.com', subject: 'Hello', text: 'x', createdAt: NOW, attempts: 0 }
    await db.insert(outbox).values(old)
    const first = { id: 1, ...RESET, created_at: NOW }
    const second = { id: 2, to: 'bob@example.com', subject: 'Hello', text: 'x', html: null, created_at: NOW }
    const list = await ask(site, `${site.origin}/mailbox`, asJson)
    expect(await list.json()).toEqual({ messages: [second, first] })
    const one = await ask(site, `${site.origin}/mailbox/1`, asJson)
    expect(await one.json()).toEqual(first)
  })

  it.each(['0', '3', '-1', 'x', '999999999', '9999999999999999999999'])('has no message %s', async (id) => {
    const site = await openSite()
    await site.service.mail.send(RESET)
    expect((await site.browser().get(`/mailbox/${id}`)).status).toBe(404)
  })

  it('shows any content as text', async () => {
    const site = await openSite()
    for (const text of naughtyStrings)
      await site.service.mail.send({ to: text, subject: text, text, html: text })
    const list = await site.browser().get('/mailbox')
    expect(list.html.replace(OWN_SCRIPT, '')).not.toMatch(/<(script|img|svg|iframe|b|i)[\s>](?!viewBox)/i)
    for (let id = 1; id <= naughtyStrings.length; id += 7) {
      const { status, html } = await site.browser().get(`/mailbox/${id}`)
      expect(status).toBe(200)
      expect(contentOf(html)).not.toMatch(/<(?!\/|main|h1|h2|article|iframe|dl|dt|dd|time|p|a )/)
    }
  })
})

describe('The dev inbox does not exist', () => {
  it.each([
    ['when email is sent', smtpSettings(25)],
    ['behind https', { authUrl: 'https://auth.demo.localhost', https: true }],
    ['on the internet', { authUrl: 'http://auth.example.com', cookieDomain: 'example.com' }],
    ['under a name that only looks local', { authUrl: 'http://auth.localhost.example.com' }],
    ['under an IP address', { authUrl: 'http://192.0.2.1' }],
  ])('%s', async (_, config) => {
    const site = await openSite(config)
    await site.service.database.db.insert(site.service.database.outbox).values({
      ...{
        recipient: 'ada@example.com',
        subject: 'Hello',
        text: 'x',
        createdAt: NOW,
        attempts: 0,
        dueAt: null,
      },
    })
    const paths = ['/mailbox', '/mailbox/1', '/mailbox/1/html']
    const answers = paths.map((path) => ask(site, `${site.origin}${path}`))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([404, 404, 404])
  })

  it('for a page under another name that points here', async () => {
    const site = await openSite()
    await site.service.mail.send(RESET)
    const status = async (url: string) => (await ask(site, url, asJson)).status
    expect(await status('http://evil.example/mailbox')).toBe(404)
    expect(await status('http://evil.example/mailbox/1')).toBe(404)
    expect(await status('http://evil.example/mailbox/1/html')).toBe(404)
    expect(await status('http://127.0.0.1:4000/mailbox/1')).toBe(200)
    expect(await status('http://[::1]:4000/mailbox')).toBe(200)
    expect(await status('http://localhost:4000/mailbox')).toBe(200)
  })
})
