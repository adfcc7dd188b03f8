import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { blocksOf } from '../docs/pages.ts'
import { fileOf } from '../docs/recipe-modules.ts'
import { launchChromium } from '../support/chromium.ts'
import { deadPort } from '../support/dead-port.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { type Answer, type Sent, send } from '../support/http.ts'
import { buildNext, exampleFiles, type NextSite, serveNext, writeSite } from '../support/next-build.ts'
import { fill, follow, heading, press, signIn } from '../support/page-actions.ts'
import { inContext } from '../support/page-checks.ts'
import { NAVIGATION } from '../support/visitor.ts'
import { type CountingProxy, startCountingProxy } from './support/counting-proxy.ts'

const root = resolve(import.meta.dirname, '../..')
const PASSWORD = 'a long walk by the sea'
const BOTH = ['jwt.access', 'jwt.refresh']

let family: RunningFamily
let browser: Browser
let auth: CountingProxy
let site: NextSite
let url: string
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-next-'))
  const [built, ...started] = await Promise.all([
    buildNext('next-site', exampleFiles()),
    startFamily({ PASSWORD_HASHER: 'argon2id' }, { apps: false }),
    launchChromium(inject('chromiumPath')),
  ])
  ;[family, browser] = started
  auth = await startCountingProxy(family.auth.url)
  ;({ site, url } = await serve(built, 'start'))
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await site?.stop()
  auth?.close()
  await family?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** The site in a process of its own, which asks the auth service by way of the counting proxy. */
async function serve(where: string, command: 'start' | 'dev') {
  const port = await deadPort()
  const url = `http://app3.demo.localhost:${port}`
  const site = await serveNext(where, command, {
    PORT: String(port),
    LOGIN_URL: `${family.auth.url}/login`,
    OWN_URL: url,
    AUTH_INTERNAL_URL: auth.url,
    DATABASE_URL: `file:${join(folder, `${command}.sqlite`)}`,
  })
  return { site, url }
}

/** A navigation, unless the headers say otherwise. */
const ask = (path: string, cookie = '', { headers, ...more }: Sent = {}, of = url): Promise<Answer> =>
  send(of + path, { ...more, headers: { ...NAVIGATION, ...(cookie && { cookie }), ...headers } })

const login = (path: string) => `${family.auth.url}/login?next=${encodeURIComponent(url + path)}`

/** The same as Next's router: the address of data has a hash of the headers, which Next itself tells. */
async function fetchAs(headers: Record<string, string>, path: string, cookie: string): Promise<Answer> {
  const answer = await ask(path, cookie, { headers })
  const { location = '' } = answer.headers
  return location.includes('_rsc') ? ask(location, cookie, { headers }) : answer
}

/** The names of the session's cookies that an answer sets. */
const renewed = ({ headers }: Answer): string[] =>
  (headers['set-cookie'] ?? [])
    .map((line) => line.split('=', 1)[0] as string)
    .filter((name) => name.startsWith('jwt.'))
    .sort()

/** The names of the cookies that a browser no longer has afterwards: the last line of a name counts. */
function deleted({ headers }: Answer): string[] {
  const last = new Map((headers['set-cookie'] ?? []).map((line) => [line.split('=', 1)[0] as string, line]))
  return [...last].flatMap(([name, line]) => (/=;.*Max-Age=0/i.test(line) ? [name] : [])).sort()
}

let count = 0
/** A new user of the auth service, who is signed in. */
async function newUser() {
  const email = `person-${++count}@example.com`
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const body = JSON.stringify({ email, password: PASSWORD, first_name: 'Ada', last_name: `Nr ${count}` })
  const answer = await send(`${family.auth.url}/register`, { method: 'POST', headers, body })
  const pairs = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] as string)
  const [access = '', refresh = ''] = BOTH.map(
    (name) => pairs.find((pair) => pair.startsWith(`${name}=`)) ?? '',
  )
  return { email, name: `Ada Nr ${count}`, cookie: `${access}; ${refresh}`, expired: refresh, access }
}

const endSessions = (email: string) =>
  family.administer(async ({ users, sessions }) => {
    await sessions.endAll((await users.findByEmail(email))?.id ?? 0)
  })

describe('The site on Next', () => {
  it('leads strangers to the login page and back, and knows users by name', async () => {
    const stranger = await ask('/notes?page=2')
    expect([stranger.status, stranger.headers.location]).toEqual([307, login('/notes?page=2')])
    expect((await ask('/')).text).toContain('You are anonymous.')
    const ada = await newUser()
    const known = await ask('/notes', ada.cookie)
    expect(known.text).toMatch(new RegExp(`Notes of (<!-- -->)?${ada.email}`))
    expect(known.text).toContain(ada.name)
    expect([renewed(known), known.headers['cache-control']]).toEqual([
      [],
      expect.stringContaining('no-store'),
    ])
    const row = new Database(join(folder, 'start.sqlite'), { readonly: true })
    expect(row.prepare('SELECT email FROM latchkey_users WHERE email = ?').pluck().get(ada.email)).toBe(
      ada.email,
    )
    row.close()
  })

  it('renews in the proxy, and hands the new cookies to the same render', async () => {
    const ada = await newUser()
    const before = [auth.count('/refresh'), auth.count('/introspect')]
    const answer = await ask('/notes', `theme=%C3%A4; ${ada.expired}`)
    expect([answer.status, renewed(answer), answer.headers['cache-control']]).toEqual([
      200,
      BOTH,
      'private, no-store',
    ])
    expect(answer.text).toContain(ada.email)
    expect([auth.count('/refresh'), auth.count('/introspect')]).toEqual([(before[0] ?? 0) + 1, before[1]])
  })

  it('renews once for many tabs at once', async () => {
    const ada = await newUser()
    const before = auth.count('/refresh')
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('/notes', ada.expired)))
    for (const answer of answers) {
      expect([answer.status, renewed(answer)]).toEqual([200, BOTH])
      expect(answer.text).toContain(ada.email)
    }
    expect(auth.count('/refresh') - before).toBeLessThan(answers.length)
    // Each has a successor that counts.
    for (const { headers } of answers.slice(-2)) {
      const pairs = (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] as string)
      const refresh = pairs.filter((pair) => pair.startsWith('jwt.refresh='))
      expect(renewed(await ask('/notes', refresh.join('; ')))).toEqual(BOTH)
    }
  })

  it('follows the feed once, for the proxy, the pages, the actions and the route handlers', async () => {
    const ada = await newUser()
    for (const path of ['/', '/notes', '/staff', '/api/notes', '/sign-out']) await ask(path, ada.cookie)
    expect(auth.feeds()).toBe(1)
  })

  it.each([
    ['a link that the router fetches ahead', { rsc: '1', 'next-router-prefetch': '1' }],
    ['a page that the browser fetches ahead', { 'sec-purpose': 'prefetch' }],
    ['one that it renders ahead', { 'sec-purpose': 'prefetch;prerender' }],
    ['an older browser that does so', { purpose: 'prefetch' }],
  ])('renews nothing for %s, and still knows the user', async (_, headers) => {
    const ada = await newUser()
    const before = auth.count('/refresh')
    const answer = await fetchAs(headers, '/notes', ada.expired)
    expect([answer.status, renewed(answer), auth.count('/refresh')]).toEqual([200, [], before])
    // Of a dynamic page, the router fetches ahead only what is the same for all.
    if (!('rsc' in headers)) expect(answer.text).toContain(ada.email)
    expect(answer.text).not.toContain('NEXT_REDIRECT')
    expect(renewed(await ask('/notes', ada.expired))).toEqual(BOTH)
  })

  it('trusts no header: neither that the proxy ran, nor what it said', async () => {
    const ada = await newUser()
    const forged = {
      'x-middleware-subrequest': Array.from({ length: 9 }, () => 'proxy').join(':'),
      'x-middleware-next': '1',
      'x-middleware-override-headers': 'cookie',
      'x-middleware-request-cookie': ada.cookie,
      'x-middleware-set-cookie': ada.cookie,
      'x-latchkey-target': '/\\evil.example',
      'x-latchkey-user': ada.email,
      'x-user-id': '1',
    }
    for (const headers of [
      forged,
      { ...forged, rsc: '1' },
      { ...forged, rsc: '1', 'next-router-prefetch': '1' },
    ]) {
      for (const path of ['/notes', '/staff', '/statistics']) {
        const answer = await fetchAs(headers, path, '')
        expect(answer.text).not.toContain(ada.email)
        if (!('next-router-prefetch' in headers)) expect(answer.text).toContain('NEXT_REDIRECT')
        expect(answer.text).not.toContain('evil')
      }
      expect((await fetchAs(headers, '/api/notes', '')).status).toBe(401)
    }
  })

  it('answers 403 to users without permission, with the site’s own page', async () => {
    const ada = await newUser()
    for (const path of ['/staff', '/statistics']) {
      for (const cookie of [ada.cookie, ada.expired]) {
        const answer = await ask(path, cookie)
        expect([answer.status, answer.headers.location]).toEqual([403, undefined])
        expect(answer.text).toContain('You are signed in, but you don’t have permission')
      }
    }
  })

  it('takes API tokens of programs on its route', async () => {
    expect((await ask('/api/notes')).headers['www-authenticate']).toMatch(
      /^Bearer realm=.*scope="notes\.read"/,
    )
    const refused = await ask('/api/notes', '', { headers: { authorization: 'Bearer lk_nothing' } })
    expect([refused.status, JSON.parse(refused.text).title]).toEqual([401, 'API token refused'])
  })

  it('signs out at the button, also after the token ended', async () => {
    for (const name of ['cookie', 'expired'] as const) {
      const ada = await newUser()
      const headers = {
        origin: url,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      }
      const answer = await ask('/sign-out', ada[name], { method: 'POST', headers, body: '' })
      expect([answer.status, answer.headers.location]).toEqual([303, `${url}/`])
      expect(deleted(answer)).toEqual(BOTH)
      expect((await ask('/notes', ada.cookie)).status).toBe(307)
    }
  })

  it('does not know a user any more within seconds of a sign-out elsewhere', async () => {
    const ada = await newUser()
    expect((await ask('/notes', ada.cookie)).status).toBe(200)
    await endSessions(ada.email)
    await eventually(async () => expect((await ask('/notes', ada.cookie)).status).toBe(307))
  })
})

/** A form of a page, as browsers without scripts send it. */
async function formOf(path: string, cookie: string, button: string) {
  const { text } = await ask(path, cookie)
  const [form = ''] = text
    .split('<form')
    .filter((part) => part.includes(`>${button}</button>`))
    .map((part) => part.split('</form>', 1)[0] as string)
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)]
  return (more: Record<string, string>) => {
    const all = { ...Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value])), ...more }
    const parts = Object.entries(all).map(
      ([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    return {
      method: 'POST',
      body: `${parts.join('')}--edge--\r\n`,
      headers: {
        origin: url,
        referer: url + path,
        'sec-fetch-site': 'same-origin',
        'content-type': 'multipart/form-data; boundary=edge',
      },
    }
  }
}

describe('A server action of the site', () => {
  it('runs for a user whose access token has ended, after one renewal', async () => {
    const ada = await newUser()
    const submit = await formOf('/notes', ada.cookie, 'Add')
    const before = auth.count('/refresh')
    const answer = await ask('/notes', ada.expired, submit({ text: 'typed with care' }))
    expect([answer.status, renewed(answer), auth.count('/refresh') - before]).toEqual([200, BOTH, 1])
    expect(answer.text).toContain('typed with care')
  })

  it('does nothing for strangers, for ended sessions, and for pages of other origins', async () => {
    const ada = await newUser()
    const submit = await formOf('/notes', ada.cookie, 'Add')
    const stranger = await ask('/notes', '', submit({ text: 'of a stranger' }))
    expect([stranger.status, stranger.headers.location]).toEqual([303, login('/notes')])
    for (const origin of ['https://stranger.example', 'http://app1.demo.localhost:4001']) {
      for (const cookie of [ada.cookie, ada.expired]) {
        const sent = submit({ text: 'of another page' })
        const headers = { ...sent.headers, origin, 'sec-fetch-site': 'same-site' }
        expect((await ask('/notes', cookie, { ...sent, headers })).status).toBe(403)
      }
    }
    await endSessions(ada.email)
    await eventually(async () => expect((await ask('/notes', ada.cookie)).status).toBe(307))
    const late = await ask('/notes', ada.cookie, submit({ text: 'too late' }))
    expect([late.status, late.headers.location]).toEqual([303, expect.stringContaining(login('/notes'))])
    const rows = new Database(join(folder, 'start.sqlite'), { readonly: true })
    expect(
      rows.prepare("SELECT count(*) FROM notes WHERE text LIKE 'of %' OR text LIKE 'too %'").pluck().get(),
    ).toBe(0)
    rows.close()
  })

  it('signs staff out', async () => {
    const ada = await newUser()
    await family.administer(async ({ administration, users }) => {
      const { OPERATOR } = await import('@latchkey/auth-service')
      const user = await users.findByEmail(ada.email)
      await administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
    })
    await eventually(async () => expect((await ask('/staff', ada.expired)).status).toBe(200))
    const submit = await formOf('/staff', ada.expired, 'Leave')
    const answer = await ask('/staff', ada.expired, submit({}))
    expect([answer.status, answer.headers.location]).toEqual([303, `${url}/`])
    expect(deleted(answer)).toEqual(BOTH)
    await eventually(async () => expect((await ask('/notes', ada.expired)).status).toBe(307))
  })
})

describe('A client that sends the header of prefetches by itself', () => {
  /** Each gets around the proxy, by `missing` in its matcher. */
  const AHEAD: readonly Record<string, string>[] = [
    { 'next-router-prefetch': '1' },
    { 'next-router-prefetch': '0' },
    { 'next-router-prefetch': '2', purpose: 'prefetch', 'sec-purpose': 'prefetch' },
    { rsc: '1', 'next-router-prefetch': '1' },
    { rsc: '1', 'next-router-prefetch': '2' },
    { rsc: '1', 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/_tree' },
    { rsc: '1', 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/notes/__PAGE__' },
  ]
  const isPage = (headers: Record<string, string>) => !('rsc' in headers)
  const SECRET = 'for the eyes of Ada'

  async function userWithNote() {
    const ada = await newUser()
    const submit = await formOf('/notes', ada.cookie, 'Add')
    expect((await ask('/notes', ada.cookie, submit({ text: SECRET }))).text).toContain(SECRET)
    return ada
  }

  it('gets no page that it may not see', async () => {
    const ada = await userWithNote()
    const bob = await newUser()
    for (const headers of AHEAD) {
      for (const path of ['/notes', '/staff', '/statistics']) {
        const answer = await fetchAs(headers, path, '')
        if (isPage(headers))
          expect([answer.status, answer.headers.location]).toEqual([
            307,
            expect.stringContaining('/login?next='),
          ])
        for (const hidden of [ada.email, SECRET, 'Notes of', 'notes so far', 'Sign out'])
          expect([path, answer.text.includes(hidden)], hidden).toEqual([path, false])
      }
      const ofOther = await fetchAs(headers, '/notes', bob.cookie)
      expect(ofOther.text).not.toContain(SECRET)
      for (const path of ['/staff', '/statistics']) {
        const refused = await fetchAs(headers, path, bob.cookie)
        if (isPage(headers)) expect([path, refused.status]).toEqual([path, 403])
        expect(refused.text).not.toMatch(/notes so far|Leave/)
      }
      expect((await fetchAs(headers, '/api/notes', '')).status).toBe(401)
    }
  })

  it('runs no server action, and signs no one out from another page', async () => {
    const ada = await newUser()
    const submit = await formOf('/notes', ada.cookie, 'Add')
    for (const headers of AHEAD.filter(isPage)) {
      const sent = submit({ text: 'sent ahead' })
      for (const more of [{}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }]) {
        const foreign = 'origin' in more
        await ask('/notes', foreign ? ada.cookie : '', {
          ...sent,
          headers: { ...sent.headers, ...headers, ...more },
        })
      }
      const form = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      const left = await ask('/sign-out', ada.cookie, {
        method: 'POST',
        body: '',
        headers: { ...headers, ...form },
      })
      expect(left.status).toBe(403)
    }
    const page = await ask('/notes', ada.cookie)
    expect([page.status, page.text.includes('sent ahead')]).toEqual([200, false])
  })

  it('never renews, whether it is a router or not: the page is for its user all the same', async () => {
    const ada = await userWithNote()
    const before = auth.count('/refresh')
    for (const headers of AHEAD) {
      for (const path of ['/', '/notes', '/staff', '/api/notes', '/unknown']) {
        const answer = await fetchAs(headers, path, ada.expired)
        expect([path, renewed(answer)]).toEqual([path, []])
      }
      if (isPage(headers)) expect((await ask('/notes', ada.expired, { headers })).text).toContain(SECRET)
    }
    expect(auth.count('/refresh')).toBe(before)
    // The refresh token is still the newest.
    expect(renewed(await ask('/notes', ada.expired))).toEqual(BOTH)
  })
})

/** Registers a user on the way to the site's page. */
async function arrive(page: Page, path: string): Promise<string> {
  const email = `visitor-${++count}@example.com`
  await page.goto(`${family.auth.url}/register?next=${encodeURIComponent(url + path)}`)
  await fill(page, { Email: email, Password: PASSWORD })
  await press(page, 'Create account')
  await page.waitForURL(url + path)
  // The links of the page are fetched ahead.
  await page.waitForLoadState('networkidle')
  return email
}

const expire = (context: BrowserContext) => context.clearCookies({ name: 'jwt.access' })

/** Whether this page is still the document that was loaded. */
async function staysLoaded(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate('window.isLoaded = true')
  return () => page.evaluate('window.isLoaded === true')
}

describe('A browser on the site', () => {
  it('follows links without loading a page, and renews with the first one after the token ended', async () => {
    await inContext(browser, {}, async (page, context) => {
      const email = await arrive(page, '/')
      const isLoaded = await staysLoaded(page)
      await expire(context)
      const before = auth.count('/refresh')
      await follow(page, 'Notes')
      await eventually(async () => expect(await heading(page)).toBe(`Notes of ${email}`))
      expect([await isLoaded(), auth.count('/refresh') - before]).toEqual([true, 1])
      const names = (await context.cookies(url)).map(({ name }) => name)
      expect(names).toEqual(expect.arrayContaining(BOTH))
    })
  })

  it('is led to the login page by a link once the session was ended elsewhere, and back', async () => {
    await inContext(browser, {}, async (page, context) => {
      const email = await arrive(page, '/')
      await endSessions(email)
      const cookie = (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join('; ')
      await eventually(async () => expect((await ask('/notes', cookie)).status).toBe(307))
      await follow(page, 'Notes')
      await page.waitForURL((to) => to.href.startsWith(login('/notes')))
      await signIn(page, email, PASSWORD)
      await page.waitForURL(`${url}/notes`)
      expect(await heading(page)).toBe(`Notes of ${email}`)
    })
  })

  it('sends a form after the token ended, and is led to the login page once the session is over', async () => {
    await inContext(browser, {}, async (page, context) => {
      const email = await arrive(page, '/notes')
      const isLoaded = await staysLoaded(page)
      await expire(context)
      const before = auth.count('/refresh')
      await fill(page, { Text: 'typed with care' })
      await press(page, 'Add')
      await page.getByText('typed with care').waitFor()
      expect([await isLoaded(), auth.count('/refresh') - before]).toEqual([true, 1])
      await endSessions(email)
      await expire(context)
      await fill(page, { Text: 'typed too late' })
      await press(page, 'Add')
      await page.waitForURL((to) => to.href.startsWith(login('/notes')))
      await signIn(page, email, PASSWORD)
      await page.waitForURL(`${url}/notes`)
      expect(await page.getByText('typed too late').count()).toBe(0)
    })
  })

  it('stays signed in with two tabs that renew at once, and signs out in both', async () => {
    await inContext(browser, {}, async (page, context) => {
      const email = await arrive(page, '/notes')
      const other = await context.newPage()
      await other.goto(`${url}/`)
      await expire(context)
      await Promise.all([page.reload(), follow(other, 'Notes')])
      for (const tab of [page, other])
        await eventually(async () => expect(await heading(tab)).toBe(`Notes of ${email}`))
      await press(page, 'Sign out')
      await page.getByText('You are anonymous.').waitFor()
      await follow(other, 'Start')
      await other.getByText('You are anonymous.').waitFor()
      await other.goto(`${url}/notes`)
      await other.waitForURL((to) => to.href.startsWith(login('/notes')))
    })
  })
})

describe('In development', () => {
  it('the site works, and follows the feed once, also after files were changed', {
    timeout: 300_000,
  }, async () => {
    const source = writeSite('next-site-dev', exampleFiles())
    const feeds = auth.feeds()
    const dev = await serve(source, 'dev')
    try {
      const ada = await newUser()
      const at = (path: string, cookie: string) => ask(path, cookie, {}, dev.url)
      expect((await at('/notes', '')).headers.location).toContain(encodeURIComponent(`${dev.url}/notes`))
      for (const path of ['/', '/notes']) {
        const answer = await at(path, ada.expired)
        expect([answer.status, renewed(answer)]).toEqual([200, BOTH])
        expect(answer.text).toContain(ada.email)
      }
      expect(auth.feeds()).toBe(feeds + 1)
      const page = join(source, 'app/page.tsx')
      const config = join(source, 'auth.ts')
      for (const word of ['Welcome', 'Good morning']) {
        writeFileSync(page, readFileSync(page, 'utf8').replaceAll(/Hello|Welcome/g, word))
        writeFileSync(config, `${readFileSync(config, 'utf8')}\n// ${word}\n`)
        await eventually(async () => expect((await at('/', ada.cookie)).text).toContain(word))
        expect((await at('/notes', ada.cookie)).status).toBe(200)
        expect(auth.feeds(), word).toBe(feeds + 1)
      }
      // Other options replace those of before.
      writeFileSync(
        config,
        readFileSync(config, 'utf8').replace('auth({ permissions', 'auth({ clockTolerance: 20, permissions'),
      )
      await eventually(async () => {
        expect((await at('/notes', ada.cookie)).status).toBe(200)
        expect(auth.feeds()).toBe(feeds + 1)
      })
    } finally {
      await dev.site.stop()
    }
  })
})

describe('The documentation of Next', () => {
  const PAGE = { page: 'docs/frameworks/next.md' }

  it('has files that compile in the site', () => {
    const blocks = blocksOf(PAGE.page).map((block) => [fileOf(block) as string, block.code] as const)
    const example = exampleFiles()
    const permissions = example['lib/permissions.ts']?.replace(
      'definePermissions({',
      "definePermissions({ 'notes.publish': ['editors'], 'cards.read': ['editors'],",
    )
    const config = JSON.parse(example['tsconfig.json'] ?? '')
    config.compilerOptions.types = ['node', 'next']
    config.include = ['lib/permissions.ts', ...blocks.map(([file]) => file)]
    const site = writeSite('next-docs', {
      ...Object.fromEntries(blocks),
      'lib/permissions.ts': permissions ?? '',
      'tsconfig.json': JSON.stringify(config),
    })
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout } = spawnSync(tsc, ['-p', '.', '--checkers', '1'], { cwd: site, encoding: 'utf8' })
    expect(stdout).toBe('')
  })
})
