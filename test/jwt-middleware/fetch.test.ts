import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { compact } from '../../scripts/ship-script.ts'

const folder = resolve(import.meta.dirname, '../../jwt-middleware')
const SOURCE = resolve(folder, 'browser/fetch.js')
const SHIPPED = resolve(folder, 'assets/fetch.js')
const APP = 'https://app1.example.com'
const LOGIN = 'https://auth.example.com/login?brand=1'

it('the shipped file equals the minified source, in at most 1,024 bytes', () => {
  const shipped = readFileSync(SHIPPED, 'utf8')
  expect(shipped).toBe(`${compact(readFileSync(SOURCE, 'utf8'))}\n`)
  expect(Buffer.byteLength(shipped)).toBeLessThanOrEqual(1024)
})

describe.each([
  ['as source', SOURCE],
  ['as shipped', SHIPPED],
])('fetch %s', (_, file) => {
  let sent: string[]
  let bodies: string[]
  let answers: { app: () => Response; refresh: () => Response | Promise<Response> }
  let left: string[]
  let storage: Record<string, string>
  let clock: number
  let fetch: typeof globalThis.fetch
  const window = new EventTarget()

  /** The response of this page's own origin, or of another. */
  const answer = (status: number, body: unknown = null, type = 'basic') =>
    Object.defineProperty(
      new Response(JSON.stringify(body), {
        status,
        headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' },
      }),
      'type',
      { value: type },
    )
  const refused = () => answer(401, { status: 401, login_url: `${LOGIN}&next=${APP}/api` })

  beforeEach(async () => {
    sent = []
    bodies = []
    left = []
    storage = {}
    clock = 1000
    answers = {
      app: () => (sent.includes('refresh') ? answer(200, 'hello') : refused()),
      refresh: () => answer(200),
    }
    vi.spyOn(Date, 'now').mockImplementation(() => ++clock)
    vi.stubGlobal('localStorage', storage)
    vi.stubGlobal('location', {
      href: `${APP}/notes?page=2#end`,
      assign: (url: string) => void left.push(url),
    })
    vi.stubGlobal('dispatchEvent', (event: Event) => window.dispatchEvent(event))
    let queue: Promise<unknown> = Promise.resolve()
    vi.stubGlobal('navigator', {
      locks: {
        request(_: string, task: () => Promise<unknown>) {
          queue = queue.then(task, task)
          return queue
        },
      },
    })
    vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
      if (typeof input === 'string') {
        sent.push('refresh')
        expect([input, init]).toEqual([
          'https://auth.example.com/refresh',
          { method: 'POST', credentials: 'include' },
        ])
        return answers.refresh()
      }
      sent.push(input.method)
      bodies.push(await input.text())
      return answers.app()
    })
    vi.resetModules()
    fetch = (await import(`${file}?${clock}${Math.random()}`)).fetch
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it('leaves successful responses alone', async () => {
    answers.app = () => answer(200, 'hello')
    expect(await (await fetch(`${APP}/api`)).json()).toBe('hello')
    expect(sent).toEqual(['GET'])
  })

  it('renews after a 401, and repeats the request with its body', async () => {
    const response = await fetch(`${APP}/api`, { method: 'POST', body: 'text' })
    expect([response.status, sent, bodies]).toEqual([200, ['POST', 'refresh', 'POST'], ['text', 'text']])
    expect(left).toEqual([])
  })

  it('renews once for many requests', async () => {
    answers.app = () => (storage.latchkey ? answer(200) : refused())
    const responses = await Promise.all(Array.from({ length: 20 }, () => fetch(`${APP}/api`)))
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(sent.filter((one) => one === 'refresh')).toHaveLength(1)
  })

  it('renews again when the next token has expired', async () => {
    storage.latchkey = '900'
    await fetch(`${APP}/api`)
    expect(sent).toEqual(['GET', 'refresh', 'GET'])
  })

  it('renews after the clock was set back', async () => {
    storage.latchkey = '9000'
    expect((await fetch(`${APP}/api`)).status).toBe(200)
    expect(sent).toEqual(['GET', 'refresh', 'GET'])
  })

  it('repeats once, and returns a second rejection', async () => {
    answers.app = refused
    expect((await fetch(`${APP}/api`)).status).toBe(401)
    expect(sent).toEqual(['GET', 'refresh', 'GET'])
    expect(left).toEqual([])
  })

  it('opens the login page after the session has ended, with this page as the return URL', async () => {
    answers.refresh = () => answer(401)
    const response = await fetch(`${APP}/api`)
    expect(left).toEqual([`${LOGIN}&next=${encodeURIComponent(`${APP}/notes?page=2#end`)}`])
    expect(sent).toEqual(['GET', 'refresh'])
    expect([response.status, await response.json()]).toMatchObject([401, { status: 401 }])
  })

  it('encodes a backslash in the URL of this page, which the auth service would reject', async () => {
    Object.assign((globalThis as unknown as { location: object }).location, {
      href: `${APP}/notes?folder=C:\\Users#a\\b`,
    })
    answers.refresh = () => answer(401)
    await fetch(`${APP}/api`)
    expect(left).toEqual([`${LOGIN}&next=${encodeURIComponent(`${APP}/notes?folder=C:%5CUsers#a%5Cb`)}`])
  })

  it('stays on the page on request, and returns the login URL', async () => {
    answers.refresh = () => answer(401)
    const details: string[] = []
    const stay = (event: Event) => {
      event.preventDefault()
      details.push((event as CustomEvent<string>).detail)
    }
    window.addEventListener('latchkey:login', stay)
    expect((await fetch(`${APP}/api`)).status).toBe(401)
    window.removeEventListener('latchkey:login', stay)
    expect([left, details]).toEqual([[], [expect.stringContaining(LOGIN)]])
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['is out of reach', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['answers 503', () => answer(503)],
    ['answers 409', () => answer(409)],
  ])('does nothing if the auth service %s', async (_, refresh) => {
    answers.refresh = refresh
    const response = await fetch(`${APP}/api`)
    expect([response.status, await response.json()]).toMatchObject([401, { status: 401 }])
    expect([left, storage]).toEqual([[], {}])
  })

  it.each<[string, () => Response]>([
    ['of another origin', () => answer(401, { login_url: 'https://evil.example/login' }, 'cors')],
    ['that names no login page', () => answer(401, { status: 401 })],
    ['that is no problem', () => answer(401, null)],
    ['of another kind', () => answer(403, { login_url: LOGIN })],
  ])('does nothing about a response %s', async (_, app) => {
    answers.app = app
    expect((await fetch(`${APP}/api`)).status).toBeGreaterThan(400)
    expect([sent, left]).toEqual([['GET'], []])
  })

  it('does nothing about a 401 without JSON', async () => {
    answers.app = () =>
      Object.defineProperty(new Response('<p>no</p>', { status: 401 }), 'type', { value: 'basic' })
    expect(await (await fetch(`${APP}/api`)).text()).toBe('<p>no</p>')
    expect(sent).toEqual(['GET'])
  })

  it('works without locks, which browsers have over https only', async () => {
    vi.stubGlobal('navigator', {})
    expect((await fetch(`${APP}/api`)).status).toBe(200)
    expect(sent).toEqual(['GET', 'refresh', 'GET'])
  })
})
