import { describe, expect, it } from 'vitest'
import { hostileNexts } from '../../support/corpora.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'
import type { Browser } from '../support/browser.ts'
import { attribute } from '../support/browser.ts'
import { ADA, openSite, PASSWORD, type Site } from '../support/site.ts'

const { source, lines } = hostileNexts()
const TEXTS = [...new Set([...naughtyStrings, ...lines])]

/** Where somebody who runs the service finds all pages, by links. */
const STARTS = ['/login', '/register', '/logout', '/password/forgot', '/account', '/admin', '/mailbox']

interface Form {
  readonly page: string
  readonly action: string
  /** Its fields, with the values they have on the page. */
  readonly fields: Readonly<Record<string, string>>
}

/** Every form that can be reached, each page of a kind once. */
async function formsOf(browser: Browser): Promise<Form[]> {
  const queue = [...STARTS]
  const seen = new Set<string>()
  const forms = new Map<string, Form>()
  for (const path of queue) {
    const kind = kindOf(path)
    if (seen.has(kind)) continue
    seen.add(kind)
    const { html } = await browser.get(path)
    for (const form of formsIn(path, html)) {
      const name = `${kindOf(form.action)} ${Object.keys(form.fields).join()}`
      if (!forms.has(name)) forms.set(name, form)
    }
    const links = [...html.matchAll(/<a [^>]*>/g)].map(([tag]) => attribute(tag, 'href') ?? '')
    queue.push(...links.filter((href) => /^\/(?!\/|assets\/)/.test(href)))
  }
  return [...forms.values()]
}

/** Pages that differ in ids, numbers and parameters alone are of one kind. */
const kindOf = (path: string) => path.replace(/[?#].*/, '').replace(/\/[\w-]{16,}|\/\d+/g, '/:id')

const formsIn = (page: string, html: string): Form[] =>
  [...html.matchAll(/<form ([^>]*)>(.*?)<\/form>/gs)]
    .filter(([, tag = '']) => / ?method="post"/.test(tag))
    .map(([form, , inner = '']) => {
      const tags = [...inner.matchAll(/<(?:input|select|textarea|button) [^>]*>/g)].map(([tag]) => tag)
      const named = tags.filter((tag) => attribute(tag, 'name') !== undefined)
      return {
        page,
        action: attribute(form, 'action') ?? page,
        fields: Object.fromEntries(
          named.map((tag) => [attribute(tag, 'name') as string, attribute(tag, 'value') ?? '']),
        ),
      }
    })

/** The cookies of the browser at that moment: each submission is the first that it makes. */
async function sender({ app, origin }: Site, browser: Browser, { action }: Form) {
  const cookie = await browser.jar.getCookieString(new URL(action, origin).href)
  return async (fields: Record<string, string>) => {
    const response = await app.request(new URL(action, origin).href, {
      method: 'POST',
      headers: {
        origin,
        cookie,
        accept: 'text/html',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(fields).toString(),
    })
    return { status: response.status, html: await response.text() }
  }
}

/** What a page would only ever hold as it is if it were markup there. */
const isMarkup = (text: string) => /<[a-z/!?]|"[^"]*[=<>]/i.test(text)

async function superuser(site: Site, email: string) {
  const { users, passwords } = site.service
  await users.create({ email, password: await passwords.hash(PASSWORD), isSuperuser: true, isStaff: true })
  const browser = site.browser()
  expect((await browser.json('/login', { ...ADA, email })).status).toBe(200)
  return browser
}

const anonymous = ['/login', '/register', '/password/forgot']

describe(`naughty strings, and ${source},`, () => {
  it('go through every field of every form: no fault, no markup, and a line each in the log that is JSON', async () => {
    const site = await openSite()
    const stranger = site.browser()
    const forms = [
      ...(await formsOf(stranger)).map((form) => ({ form, signedIn: false })),
      ...(await formsOf(await superuser(site, 'root@example.com')))
        .filter(({ page }) => !anonymous.includes(page))
        .map((form) => ({ form, signedIn: true })),
    ]
    const actions = forms.map(({ form }) => kindOf(form.action))
    for (const action of ['/login', '/register', '/logout', '/account/delete'])
      expect(actions).toContain(action)

    for (const [at, { form, signedIn }] of forms.entries()) {
      // Each has somebody of its own, since some forms sign out whoever sends them.
      const browser = signedIn ? await superuser(site, `root${at}@example.com`) : site.browser()
      const found = formsIn(form.page, (await browser.get(form.page)).html)
      const fresh = found.find(({ action }) => kindOf(action) === kindOf(form.action)) ?? form
      const send = await sender(site, browser, fresh)
      const names = Object.keys(fresh.fields)
      const before = site.service.logged.length
      let sent = 0

      const attempt = async (fields: Record<string, string>) => {
        const { status, html } = await send({ ...fresh.fields, ...fields })
        sent++
        expect(status, JSON.stringify({ ...form, fields })).toBeLessThan(500)
        for (const text of Object.values(fields)) {
          if (isMarkup(text)) expect(html, form.action).not.toContain(text)
        }
      }
      for (const [i, text] of TEXTS.entries()) {
        const others = names.filter((name) => name !== 'csrf_token')
        const rotated = others.map((name, k) => [name, TEXTS[(i + k * 97) % TEXTS.length] ?? ''])
        // All fields at once; now and then one alone, and the token, which must be right for the rest to be read.
        await attempt(Object.fromEntries(rotated))
        const name = names[i % names.length]
        if (i % 10 === 0 && name !== undefined) await attempt({ [name]: text })
      }
      // The log was parsed line by line as it was written.
      const lines = site.service.logged.slice(before).filter(({ event }) => event === 'request')
      expect(lines, form.action).toHaveLength(sent)
    }
    expect(site.service.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
  }, 300_000)
})
