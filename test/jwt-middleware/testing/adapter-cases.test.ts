import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { getRequestListener } from '@hono/node-server'
import { adapterCases, createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import { auth } from '@latchkey/jwt-middleware/web'
import { describe, expect, it, onTestFinished } from 'vitest'
import { recordingLogger } from '../../support/tokens.ts'
import { cardPermissions } from '../support/card-permissions.ts'
import { listening } from '../support/listening.ts'
import { webCasesRoutes } from '../support/web-cases-routes.ts'

const OWN_URL = 'http://app.example.test'

type Handle = (request: Request) => Response | Promise<Response>

/** Serves it, and returns the names of the cases that fail, with what they say. */
async function failures(testAuth: TestAuth, handle: Handle, names?: RegExp): Promise<Map<string, string>> {
  const app = await listening(getRequestListener(handle))
  onTestFinished(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  const failed = new Map<string, string>()
  for (const { name, run } of adapterCases) {
    if (names && !names.test(name)) continue
    try {
      await run({ origin: app.url, testAuth })
    } catch (error) {
      failed.set(name, (error as Error).message)
    }
  }
  return failed
}

const routesOf = (testAuth: TestAuth) => {
  const web = auth({ ...testAuth.options, permissions: cardPermissions, log: recordingLogger() })
  return { web, routes: webCasesRoutes(web) }
}

describe('The cases for adapters', () => {
  it('have names of their own', () => {
    expect(new Set(adapterCases.map(({ name }) => name)).size).toBe(adapterCases.length)
  })

  it('all fail in an app without an adapter', async () => {
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const failed = await failures(testAuth, () => new Response('hello', { status: 200 }))
    expect(adapterCases.map(({ name }) => name).filter((name) => !failed.has(name))).toEqual([])
    for (const message of failed.values()) expect(message).toMatch(/^(GET|HEAD|POST) \/\S*: /)
  })

  it('name the request and the harm, and tell no token, if an adapter loses the cookies of a renewal', async () => {
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const { routes } = routesOf(testAuth)
    const failed = await failures(
      testAuth,
      async (request) => {
        const route = routes[new URL(request.url).pathname]
        const response = (await route?.(request)) ?? new Response(null, { status: 404 })
        if (response.status === 500) response.headers.delete('set-cookie')
        return response
      },
      /cookies of a renewal leave|users/,
    )
    expect([...failed.keys()]).toEqual([
      'The cookies of a renewal leave with an error that the handler throws',
      'The cookies of a renewal leave with the page that the framework has for an unknown address',
    ])
    expect(failed.get('The cookies of a renewal leave with an error that the handler throws')).toBe(
      'GET /broken: expected a new cookie ….access once, got it 0 times. Half a minute later the old ' +
        'ones count as reused, and the user is signed out. Finish every response, also those of the framework itself.',
    )
    expect([...failed.values()].join()).not.toMatch(/eyJ/)
  })

  it('notice an app that learns its address from the request', async () => {
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const { routes } = routesOf(testAuth)
    const failed = await failures(
      testAuth,
      async (request) => {
        const { pathname } = new URL(request.url)
        const response = (await routes[pathname]?.(request)) ?? new Response(null, { status: 404 })
        const location = response.headers.get('location')
        const host = request.headers.get('x-forwarded-host')
        if (location && host) response.headers.set('location', location.replace('app.example.test', host))
        return response
      },
      /public address/,
    )
    expect(failed.size).toBe(1)
  })
})

describe.each([
  ['Bun', 'node_modules/.bin/bun', []],
  [
    'Deno',
    'node_modules/.bin/deno',
    ['run', '--no-check', '--node-modules-dir=manual', '--conditions=@latchkey/source', '-A'],
  ],
])('In %s, an app in a process of its own', (name, program, args) => {
  it('passes every case against the served auth service', { timeout: 120_000 }, async () => {
    const root = resolve(import.meta.dirname, '../../..')
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const service = await testAuth.listen()
    onTestFinished(() => service.close())
    const file = resolve(import.meta.dirname, '../support/web-cases-server.ts')
    const flags = name === 'Bun' ? ['--conditions=@latchkey/source'] : args
    const app = spawn(resolve(root, program), [...flags, file], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: '/tmp', ...service.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void app.kill('SIGKILL'))
    let output = ''
    app.stderr.on('data', (data) => {
      output += data
    })
    const [origin] = await Promise.race([
      once(createInterface(app.stdout), 'line'),
      once(app, 'exit').then(() => expect.unreachable(output)),
    ])
    const failed: string[] = []
    for (const { name, run } of adapterCases)
      await run({ origin, testAuth }).catch((error) => failed.push(`${name}: ${error.message}`))
    expect(failed).toEqual([])
  })
})
