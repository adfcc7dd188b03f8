import { setTimeout } from 'node:timers/promises'
import type { AnonymousReason, User } from '@latchkey/jwt-middleware'
import { describe, expect, it } from 'vitest'
import { createFeedWatches } from '../../examples/house-style/src/tour/feed-watch.ts'
import { readTourControl } from '../../examples/house-style/src/tour/tour.ts'
import { tourBar } from '../../examples/house-style/src/tour/tour-bar.ts'
import { REPORT_COOKIE, readReport, writeReport } from '../../examples/house-style/src/tour/tour-report.ts'
import { languageOf, wordsIn } from '../../examples/house-style/src/tour/tour-words.ts'
import { createApp } from '../../examples/notes/src/app.ts'
import { COOKIE_DOMAIN } from '../support/tokens.ts'
import { BOB, createWorld, GRACE, useWorlds } from './support/world.ts'

useWorlds()

const DEMO = { DEMO_CONTROL_URL: 'http://127.0.0.1:1/', DEMO_CONTROL_KEY: 'key' }

describe('The tour', () => {
  it('exists only where the demo started the app, and never in production', () => {
    expect(readTourControl(DEMO)).toEqual({ url: DEMO.DEMO_CONTROL_URL, key: 'key' })
    expect(readTourControl({})).toBeUndefined()
    expect(readTourControl({ DEMO_CONTROL_URL: DEMO.DEMO_CONTROL_URL })).toBeUndefined()
    expect(readTourControl({ ...DEMO, NODE_ENV: 'production' })).toBeUndefined()
  })

  const create = () => {
    const tour = readTourControl(DEMO)
    return createWorld('http://app1.demo.localhost:4001', (options) => createApp({ ...options, tour }))
  }

  it('takes its buttons from signed-in users and its questions from the demo', async () => {
    const world = create()
    expect((await world.visitor().post('/tour', { action: 'end_token' })).status).toBe(401)
    const browser = await world.signedIn()
    expect((await browser.post('/tour', { action: 'delete_everything' })).status).toBe(404)
    expect((await browser.post('/tour/watch', {})).status).toBe(404)
    const headers = { 'x-demo-key': 'kez' }
    expect((await browser.request('/tour/heard', { method: 'POST', headers })).status).toBe(404)
    expect((await browser.post('/tour', { action: 'end_token' })).status).toBe(303)
  })

  it('says so if the demo does not answer', async () => {
    const browser = await create().signedIn()
    await browser.post('/tour', { action: 'become_staff' })
    expect((await browser.get('/')).html).toContain('<p role="status">That did not work.')
  })

  it('shows a report once', async () => {
    const browser = await create().signedIn()
    await browser.post('/tour', { action: 'end_token' })
    expect((await browser.get('/')).html).toContain('The browser deleted your access token.')
    expect((await browser.get('/')).html).not.toContain('role="status"')
  })

  it('shows the page if a sibling host planted a report whose time is not a number', async () => {
    const world = create()
    const browser = await world.signedIn()
    const heard = [{ app: 'Notes', ms: { toString: 1 }, silence: 'late' }]
    const planted = writeReport({ action: 'end_all', outcome: 'done', heard } as never)
    await browser.jar.setCookie(`${REPORT_COOKIE}=${planted}; Domain=${COOKIE_DOMAIN}; Path=/`, world.origin)
    const page = await browser.get('/')
    expect(page.status).toBe(200)
    expect(page.html).not.toContain('role="status"')
  })

  it('leads back to the page with the button, or to the start page after the answer to a form', async () => {
    const browser = await create().signedIn()
    expect((await browser.get('/notes?before=9')).form('/tour').page).toBe('/notes?before=9')
    expect((await browser.post('/notes', { text: '' })).form('/tour').page).toBe('/')
    for (const [page, location] of [
      ['/notes?before=9', 'http://app1.demo.localhost:4001/notes?before=9'],
      ['http://app1.demo.localhost:4001//evil.example/', 'http://app1.demo.localhost:4001//evil.example/'],
      ['', 'http://app1.demo.localhost:4001/'],
      ['//evil.example/', '/'],
      ['https://evil.example/', '/'],
      [String.raw`/\evil.example/`, '/'],
    ] as const) {
      expect((await browser.post('/tour', { action: 'end_token', page })).location).toBe(location)
    }
  })

  it('does no harm to the second of two clicks on “Sign out everywhere”', async () => {
    const browser = create().visitor()
    expect((await browser.post('/tour', { action: 'end_all' })).location).toBe('/')
    expect((await browser.get('/')).html).toContain('You were signed out already.')
  })

  it('makes pages wait while a user cannot be checked, and says how it went', async () => {
    const world = create()
    const browser = await world.signedIn()
    await browser.post('/tour', { action: 'end_token' })
    world.authService.stop()
    for (const [path, status] of [
      ['/notes', 503],
      ['/', 200],
    ] as const) {
      const page = await browser.get(path)
      expect(page.status).toBe(status)
      expect(page.html).toContain('<meta http-equiv="refresh" content="2">')
      expect(page.html).toContain('<dd>not known until the auth service answers</dd>')
      expect(page.html).toContain('This page loads again every 2 seconds, until the service answers.')
      expect(page.html).not.toMatch(/not signed in|>Sign in<|Sign in to try/)
    }
    const form = await browser.post('/notes', { text: 'hello' })
    expect(form.status).toBe(503)
    expect(form.html).not.toContain('http-equiv')
    expect(form.html).toContain('Please try again in a few seconds.</p>')
    world.authService.start()
    const { html } = await browser.get('/notes')
    expect(html).not.toContain('http-equiv')
    expect(html).toMatch(
      /deleted your access token\. This page got a new one from the auth service, in \d+ ms\./,
    )
  })

  it('says that another request was faster if that one got the new token', async () => {
    const browser = await create().signedIn()
    await browser.post('/tour', { action: 'end_token' })
    // A form has an answer without a page.
    expect((await browser.post('/notes', { text: 'from another tab' })).status).toBe(303)
    const { html } = await browser.get('/notes')
    expect(html).toContain('Another request of your browser has already got a new one from the auth service.')
    expect(html).not.toContain('This page got a new one')
  })

  it('asks the app about several changes at once: each has its own time', async () => {
    const world = create()
    const browser = await world.signedIn()
    const others = await Promise.all([world.signedIn(BOB), world.signedIn(GRACE)])
    for (const one of [browser, ...others]) expect((await one.get('/notes')).status).toBe(200)
    const ask = (path: string) => browser.request(path, { method: 'POST', headers: { 'x-demo-key': 'key' } })
    for (const name of ['bob', 'grace']) expect((await ask(`/tour/watch?name=${name}`)).status).toBe(204)
    const answers = [ask('/tour/heard?name=bob&entry=1'), ask('/tour/heard?name=grace&entry=2')] as const
    const startedAt = Date.now()
    for (const one of others) {
      await setTimeout(60)
      expect((await one.post('/sign-out', {})).status).toBe(303)
    }
    const [bob = 0, grace = 0] = (await Promise.all(answers)).map(({ html }) => JSON.parse(html).at)
    expect(bob).toBeGreaterThanOrEqual(startedAt + 50)
    expect(grace).toBeGreaterThanOrEqual(bob + 50)
  })

  it('says why an app has not heard of a change', async () => {
    const silenceOf = (state: 'live' | 'idle' | 'reconnecting') => {
      const watches = createFeedWatches(() => ({ state, age: 0, lastId: 1, entries: 0, pollEvery: null }))
      watches.start('one')
      return watches.heard('one', 2)
    }
    expect(await Promise.all([silenceOf('live'), silenceOf('idle'), silenceOf('reconnecting')])).toEqual([
      { silence: 'late' },
      { silence: 'unopened' },
      { silence: 'disconnected' },
    ])
  })

  it.each<[AnonymousReason | undefined, string, string]>([
    ['missing', 'not signed in', 'none'],
    ['session_over', 'not signed in', 'not accepted'],
    ['rejected', 'not recognised in this request', 'not accepted'],
    ['conflicting', 'not recognised in this request', 'not accepted'],
    ['inactive', 'signed in, but without access to this app', 'valid for another 4:05 min'],
    ['not_registered', 'signed in, but without access to this app', 'valid for another 4:05 min'],
    ['unavailable', 'not known until the auth service answers', 'valid for another 4:05 min'],
    [undefined, 'not known on this page', 'not known on this page'],
  ])('says of an anonymous user for the reason %s: %s', (reason, who, token) => {
    const user = reason && ({ isAuthenticated: false, reason } as User)
    const bar = String(
      tourBar({
        language: 'en',
        user,
        tokenLeft: reason === 'missing' ? null : 245,
        feed: 'live',
        report: null,
        authenticatedIn: 1,
        reloadsAfter: null,
        page: '/',
      }),
    )
    expect([...bar.matchAll(/<dd>(.*?)<\/dd>/g)].map(([, text]) => text)).toEqual([who, token, 'connected'])
    expect(bar.includes('Sign in to try')).toBe(who === 'not signed in')
  })

  it.each([
    ['', 'en'],
    ['en-US,en;q=0.9,de;q=0.8', 'en'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['fr,de;q=0.5', 'de'],
    ['fr', 'en'],
  ])('speaks the language of %s', (accepted, language) => {
    expect(languageOf(accepted)).toBe(language)
  })

  it('fills in its texts', () => {
    expect(wordsIn('de')('heard', { app: 'Notes', ms: 34 })).toBe('Notes erfuhr es nach 34 ms.')
  })

  it('reads its own reports from the cookie, and nothing else', () => {
    const report = {
      action: 'end_all',
      outcome: 'done',
      heard: [
        { app: 'Notes', ms: 34 },
        { app: 'Team board', silence: 'late' },
      ],
    } as const
    expect(readReport(writeReport(report))).toEqual(report)
    const wrong = [
      { ...report, action: 'x' },
      { ...report, outcome: 'x' },
      { ...report, seconds: 'x' },
      { ...report, heard: [{ app: 'Notes', ms: 'x' }] },
      { ...report, heard: [{ app: 'Notes', silence: 'x' }] },
      { ...report, heard: [{ app: 'Notes', ms: 'x', silence: 'late' }] },
      { ...report, heard: [{ app: 'Notes', ms: null, silence: 'late' }] },
      { ...report, heard: [{ app: 'x'.repeat(99), ms: 1 }] },
      null,
    ]
    for (const value of wrong) expect(readReport(writeReport(value as never))).toBeNull()
    expect(readReport('rubbish')).toBeNull()
    expect(readReport(undefined)).toBeNull()
  })
})
