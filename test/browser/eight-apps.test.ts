import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from 'vitest'
import type { Member } from '../../examples/demo/src/family.ts'
import { chooseFrameworkPorts, createFrameworksFamily } from '../../examples/demo/src/frameworks-family.ts'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { blocksOf } from '../docs/pages.ts'
import { launchChromium } from '../support/chromium.ts'
import { deadPort } from '../support/dead-port.ts'
import { findDjango } from '../support/django.ts'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { buildNext, exampleFiles, serveNext } from '../support/next-build.ts'
import { follow, heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext } from '../support/page-checks.ts'
import { runNginx } from '../support/proxies.ts'
import { startNode, startProgram } from '../support/temp-app.ts'

const root = resolve(import.meta.dirname, '../..')
const [ADA, GRACE] = PEOPLE
const NAME = 'Ada Lovelace'
/** LATCHKEY_POLL_EVERY of the Django project, in seconds: it asks, while the others are told. */
const POLL = 0.5
/** Between two looks at an app, in ms: figures are as exact as that. */
const STEP = 40
/** The looks that fit into the second which the apps have. A busy machine slows down looks and apps alike. */
const LOOKS = 1000 / STEP

interface App {
  readonly name: string
  readonly url: string
}

let browser: Browser
let folder: string
let nextSite: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-eight-'))
  ;[browser, nextSite] = await Promise.all([
    launchChromium(inject('chromiumPath')),
    buildNext('next-site', exampleFiles()),
  ])
}, 300_000)
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Every app as a process of its own, and the auth service. */
async function startAll(): Promise<{ readonly authUrl: string; readonly apps: readonly App[] }> {
  const { auth, apps } = createFrameworksFamily(join(folder, 'demo'), await chooseFrameworkPorts('0'))
  const rules = join(folder, 'rules.json')
  writeFileSync(
    rules,
    JSON.stringify({
      rules: [
        { path: '/', allow: 'public' },
        { path: '/staff', allow: 'staff' },
      ],
    }),
  )
  await run(auth, { TRUSTED_PROXIES: '127.0.0.1', FORWARD_AUTH_PROXY: 'nginx', FORWARD_AUTH_RULES: rules })
  const [next, django, site] = await Promise.all([
    startNext(auth.url),
    startDjango(auth.url),
    startStaticSite(auth.url),
    ...apps.map((app) => run(app)),
  ])
  return { authUrl: auth.url, apps: [...apps, next, django, site] }
}

const run = ({ main, env }: Member, more: Record<string, string> = {}) =>
  startNode(root, [main], { ...env, ...more }).until(/listening on/)

async function startNext(authUrl: string): Promise<App> {
  const port = await deadPort()
  const url = `http://next.team.localhost:${port}`
  const site = await serveNext(nextSite, 'start', {
    PORT: String(port),
    LOGIN_URL: `${authUrl}/login`,
    OWN_URL: url,
    DATABASE_URL: `file:${join(folder, 'next.sqlite')}`,
  })
  onTestFinished(() => site.stop())
  return { name: 'Next', url }
}

async function startDjango(authUrl: string): Promise<App> {
  const port = await deadPort()
  const url = `http://django.team.localhost:${port}`
  const env = {
    PYTHONDONTWRITEBYTECODE: '1',
    DATABASE: join(folder, 'django.sqlite3'),
    LOGIN_URL: `${authUrl}/login`,
    OWN_URL: url,
    LATCHKEY: JSON.stringify({ LATCHKEY_POLL_EVERY: POLL }),
  }
  const interop = resolve(import.meta.dirname, '../interop')
  expect(await startProgram(findDjango(), interop, ['django_site.py', 'migrate'], env).ended).toBe(0)
  const server = `-m gunicorn --workers 1 --threads 4 --bind 127.0.0.1:${port} django_site:wsgi`
  startProgram(findDjango(), interop, server.split(' '), env)
  await eventually(async () => expect((await send(`${url}/open`)).status).toBe(200))
  return { name: 'Django', url }
}

/** Two static pages behind the sample of the docs. nginx itself puts the name in. */
async function startStaticSite(authUrl: string): Promise<App> {
  const pages = join(folder, 'static')
  mkdirSync(pages)
  const pageOf = (content: string) => `<!doctype html><html lang="en"><title>Static</title>${content}</html>`
  writeFileSync(
    join(pages, 'index.html'),
    pageOf('<h1>Hello, <!--#echo var="latchkey_name" default="stranger" --></h1>'),
  )
  writeFileSync(join(pages, 'staff'), pageOf('<h1>Staff only</h1>'))
  const port = await deadPort()
  const sample = blocksOf('docs/forward-auth.md').find(({ language }) => language === 'nginx')?.code ?? ''
  const config = sample
    .replace(/^ssl_certificate.*$/gm, '')
    .replaceAll('listen 443 ssl', `listen 127.0.0.1:${port}`)
    .replaceAll('wiki.example.com', 'static.team.localhost')
    .replaceAll('auth.example.com', 'unused.team.localhost')
    .replaceAll('https://$server_name', `http://$server_name:${port}`)
    .replaceAll('127.0.0.1:4000', `127.0.0.1:${new URL(authUrl).port}`)
    .replace(
      'proxy_pass http://127.0.0.1:8080;',
      `root ${pages}; ssi on; ssi_types *; default_type text/html;`,
    )
  await runNginx(config, port)
  return { name: 'static page behind nginx', url: `http://static.team.localhost:${port}` }
}

/** When each look at an app ended, in ms since 1970. The last one saw the change. */
type Looks = readonly (readonly [name: string, ends: readonly number[]])[]

/** Prints how long each app took after that moment, and expects that it was a second at most. */
function report(what: string, start: number, looks: Looks): void {
  const delays = looks.map(([name, ends]) => ({ name, ms: Math.round((ends.at(-1) as number) - start) }))
  const slowest = delays.reduce((one, other) => (other.ms > one.ms ? other : one))
  const all = delays.map(({ name, ms }) => `${name} ${ms}`).join(', ')
  console.log(`${what}, in ms: ${all}. The slowest: ${slowest.name}, ${slowest.ms} ms.`)
  for (const [name, ends] of looks) {
    expect(ends.filter((end) => end > start).length, `${what}: looks at ${name}`).toBeLessThanOrEqual(LOOKS)
  }
}

const visible = (page: Page): Promise<string> => page.locator('body').innerText()

/** Presses a button, and returns when the browser began to send its form, in ms since 1970. */
async function submit(page: Page, button: string): Promise<number> {
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.method() === 'POST'),
    press(page, button),
  ])
  // Known once there is an answer.
  await request.response()
  return request.timing().startTime
}

/** The cookies that a browser has, as a copy that no sign-out deletes. */
const copyOfCookies = async (context: BrowserContext): Promise<string> =>
  (await context.cookies())
    .filter(({ name }) => /^jwt\./.test(name))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')

/** Asks each app with a copy of the cookies until it no longer knows the user. Resolves once all have been asked. */
async function watchCopies(apps: readonly App[], cookie: string) {
  const watched = await Promise.all(
    apps.map(async ({ name, url }) => {
      const ask = () => send(`${url}/`, { headers: { cookie, accept: 'text/html' } })
      expect((await ask()).text, name).toContain(NAME)
      const renewals: string[] = []
      async function untilUnknown(): Promise<number[]> {
        for (const ends: number[] = []; ; ) {
          const { text, headers } = await ask()
          ends.push(Date.now())
          // The cookies of a renewal have values; those of a sign-out don't.
          renewals.push(...(headers['set-cookie'] ?? []).filter((line) => /^jwt\.\w+=[^;]/.test(line)))
          if (!text.includes(NAME)) return ends
          await pause(STEP)
        }
      }
      return { name, renewals, ends: untilUnknown() }
    }),
  )
  return async (): Promise<Looks> => {
    const looks = await Promise.all(watched.map(async ({ name, ends }) => [name, await ends] as const))
    // They were told. No app had to ask for a new token.
    expect(watched.flatMap(({ renewals }) => renewals)).toEqual([])
    return looks
  }
}

/** Asks for the staff page from a tab of each app, with the browser's own cookies, until its status is this. */
function watchStaffPages(pages: ReadonlyMap<App, Page>, wanted: number) {
  const looks = [...pages].map(async ([{ name }, page]) => {
    const ends = await page.evaluate(
      async ([wanted, step]) => {
        for (const ends: number[] = []; ; ) {
          const { status } = await fetch('/staff')
          ends.push(Date.now())
          if (status === wanted) return ends
          await new Promise((resolve) => setTimeout(resolve, step))
        }
      },
      [wanted, STEP] as const,
    )
    return [name, ends] as const
  })
  return (): Promise<Looks> => Promise.all(looks)
}

// Ten processes and a browser start first.
const PATIENCE = { timeout: 240_000 }

it(
  'One sign-in opens all apps, and one sign-out or a right that is taken away counts in all of them',
  PATIENCE,
  async () => {
    const { authUrl, apps } = await startAll()
    const [first = apps[0] as App, second = first] = apps
    await inContext(browser, {}, (admin) =>
      inContext(browser, {}, async (start, context) => {
        // An administrator makes Ada staff.
        await admin.goto(`${authUrl}/login`)
        await signIn(admin, GRACE.email, GRACE.password)
        await admin.goto(`${authUrl}/admin`)
        await follow(admin, 'People')
        await follow(admin, ADA.email)
        await admin.getByRole('checkbox', { name: 'Staff' }).check()
        await press(admin, 'Save rights')
        expect(await told(admin)).toContain('Saved.')

        // Ada signs in once, and all apps know her name.
        await start.goto(first.url)
        expect(await heading(start)).toBe('Hello, stranger')
        await start.getByRole('link', { name: 'Sign in' }).click()
        await signIn(start, ADA.email, ADA.password)
        await start.waitForURL(`${first.url}/`)
        const pages = new Map<App, Page>()
        for (const app of apps) {
          const page = await context.newPage()
          pages.set(app, page)
          expect((await page.goto(`${app.url}/staff`))?.status(), app.name).toBe(200)
          await page.goto(app.url)
          expect(await visible(page), app.name).toContain(NAME)
        }

        const staffGone = watchStaffPages(pages, 403)
        await admin.getByRole('checkbox', { name: 'Staff' }).uncheck()
        const saved = await submit(admin, 'Save rights')
        report('Staff flag taken away', saved, await staffGone())
        for (const [{ name, url }, page] of pages) {
          expect((await page.goto(`${url}/staff`))?.status(), name).toBe(403)
          await page.goto(url)
          expect(await visible(page), name).toContain(NAME)
        }

        const signedOut = await watchCopies(apps, await copyOfCookies(context))
        const left = await submit(pages.get(second) as Page, 'Sign out')
        report('Signed out', left, await signedOut())
        for (const [{ name }, page] of pages) {
          await page.reload()
          expect(await visible(page), name).not.toContain(NAME)
        }
      }),
    )
  },
)
