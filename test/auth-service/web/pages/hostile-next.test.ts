import { describe, expect, it } from 'vitest'
import { hostileNexts } from '../../../support/corpora.ts'
import { someNaughtyStrings } from '../../../support/naughty-strings.ts'
import { SEED, sample } from '../../../support/sample.ts'
import { APP } from '../../../support/tokens.ts'
import { readPage, skeleton } from '../../support/browser.ts'
import { ADA, openSite, type Site } from '../../support/site.ts'

const { source, lines } = hostileNexts()

function decoded(line: string): string {
  try {
    return decodeURIComponent(line)
  } catch {
    return line
  }
}

/** As listed, percent-decoded once and twice. */
const all = [...new Set(lines.flatMap((line) => [line, decoded(line), decoded(decoded(line))]))]
const alone = sample(all, 200)
/** As the origin, path and query of an app of the family. */
const appended = sample(
  all.flatMap((value) => [`${APP}${value}`, `${APP}/${value}`, `${APP}/notes?to=${value}`]),
  300,
)

const isOurs = (address: string | null) =>
  address !== null && /^http:\/\/([a-z0-9-]+\.)*demo\.localhost(:\d+)?\//.test(address)

/** The URL as a browser parses it, which treats control characters and backslashes its own way. */
const hostOf = (address: string | null, base: string) => new URL(address ?? '', base).hostname

function query(next: string): string {
  return `next=${encodeURIComponent(next.toWellFormed())}`
}

describe(`Hostile next (${source}, CORPORA_SEED=${SEED})`, () => {
  it.each([
    ['alone', alone],
    ['appended to a good address', appended],
  ])('%s never sends a signed-in user away from the family', async (how, values) => {
    const { signedIn, origin, service } = await openSite()
    const browser = await signedIn()
    for (const value of values) {
      // Slower than a redirect loop.
      service.wait(20)
      const { status, location } = await browser.get(`/login?${query(value)}`)
      expect([status, isOurs(location)], value).toEqual([303, true])
      expect(hostOf(location, origin), value).toMatch(/(^|\.)demo\.localhost$/)
      if (how === 'alone') expect(location, value).toBe(`${origin}/account?notice=next_refused`)
    }
  })

  it('in a hand-made query without encoding fails, too', async () => {
    const { signedIn } = await openSite()
    const browser = await signedIn()
    for (const value of alone) {
      const { status, location } = await browser.get(`/login?next=${value}`)
      expect([status, isOurs(location)], value).toEqual([303, true])
    }
  })

  // One site may check a limited number of passwords a minute, and each line takes two.
  it.each(Array.from({ length: Math.ceil(alone.length / 14) }, (_, part) => [part + 1]))(
    'never gets through a form or JSON (part %i)',
    async (part) => areRefused(alone.slice(14 * (part - 1), 14 * part)),
  )

  it('never redirects after sign-out', async () => {
    const { browser } = await openSite()
    const visitor = browser()
    const { csrf_token = '' } = (await visitor.get('/logout')).form('/logout')
    for (const next of [...alone, ...appended]) {
      const { status, location } = await visitor.post('/logout', { csrf_token, next })
      expect([status, isOurs(location)], next).toEqual([303, true])
    }
  })

  it('never appears on a page', async () => {
    const site = await openSite()
    for (const path of ['/login', '/register', '/logout']) await unmarked(site, path, alone)
  })
})

describe('Naughty strings as next', () => {
  it('never lead away, and never appear on a page', async () => {
    const site = await openSite()
    const browser = await site.signedIn()
    for (const value of someNaughtyStrings.filter(Boolean)) {
      const { status, location } = await browser.get(`/login?${query(value)}`)
      expect([status, location], value).toEqual([303, `${site.origin}/account?notice=next_refused`])
    }
    for (const path of ['/login', '/register', '/logout']) await unmarked(site, path, someNaughtyStrings)
  })
})

/** A page with one rejected `next` equals the page with any other, byte for byte except the form's token. */
async function unmarked(site: Site, path: string, values: readonly string[]) {
  const visitor = site.browser()
  await visitor.get(path)
  const withoutToken = (html: string) => html.replaceAll(/csrf_token" value="[^"]*"/g, '')
  const expected = withoutToken((await visitor.get(`${path}?next=refused`)).html)
  for (const value of values.filter(Boolean)) {
    const page = await visitor.get(`${path}?${query(value)}`)
    expect([page.status, withoutToken(page.html) === expected], value).toEqual([200, true])
  }
  const { html } = await readPage(
    await site.app.request(`${path}?next=${encodeURIComponent(`${APP}/"><b>`)}`),
  )
  expect(skeleton(html)).not.toContain('<b>')
}

async function areRefused(lines: readonly string[]) {
  const { browser, signedIn, origin } = await openSite()
  await signedIn()
  const home = `${origin}/account?notice=next_refused`
  const { email, password } = ADA
  const visitor = browser()
  const { csrf_token = '' } = (await visitor.get('/login')).form('/login')
  for (const next of lines) {
    const form = await visitor.post('/login', { email, password, csrf_token, next })
    expect([form.status, form.location], next).toEqual([303, home])
    const answer = await browser().json('/login', { email, password, next })
    expect([answer.status, JSON.parse(answer.html).next], next).toEqual([200, home])
  }
}
