import { describe, expect, it, onTestFinished } from 'vitest'
import { createPasswords } from '../../../../../auth-service/src/accounts/passwords/passwords.ts'
import { checkForwardAuth } from '../../../../../auth-service/src/cli/doctor/checks/forward-auth-check.ts'
import { checkRunning } from '../../../../../auth-service/src/cli/doctor/checks/running-service-check.ts'
import { checkJourney } from '../../../../../auth-service/src/cli/doctor/journey/journey.ts'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import type { Config } from '../../../../../auth-service/src/platform/config/config.ts'
import type { ForwardAuthProxy } from '../../../../../auth-service/src/platform/config/forward-auth-rules.ts'
import { createService } from '../../../../../auth-service/src/service.ts'
import { serve } from '../../../../../auth-service/src/web/server.ts'
import { deadPort } from '../../../../support/dead-port.ts'
import { startEchoSite } from '../../../../support/echo-site.ts'
import { PLAIN_PROXIES } from '../../../../support/plain-proxies.ts'
import { migratedSqlite } from '../../../support/migrated-sqlite.ts'
import { testConfig } from '../../../support/services.ts'

const STAFF = { path: '/admin/*', allow: 'staff' }
const PROXIES = Object.keys(PLAIN_PROXIES) as (keyof typeof PLAIN_PROXIES)[]

/** The auth service with the system clock, and a site behind the proxy. */
async function start(proxy: ForwardAuthProxy | undefined, changes: Partial<Config> = {}) {
  const authPort = await deadPort()
  const config = testConfig({
    authUrl: `http://auth.demo.localhost:${authPort}`,
    port: authPort,
    logLevel: 'silent',
    databaseUrl: `file:${await migratedSqlite()}`,
    forwardAuthProxy: proxy,
    trustedProxies: [{ address: '127.0.0.1', prefix: 32 }],
    ...changes,
  })
  const service = await createService(config, { passwords: createPasswords({ cost: 4 }) })
  const server = await serve(service)
  onTestFinished(() => server.close())
  const site = await startEchoSite()
  const upstreams = { auth: authPort, site: site.port }

  /** Registers the site, with these rules. */
  async function register(origin: string, rules: readonly object[] = [STAFF]) {
    const made = await service.apps.create({ name: 'Wiki', origins: [origin] }, OPERATOR)
    if (!made.ok) throw new Error('not registered')
    await service.appRules.replace({ id: made.value.id, by: OPERATOR }, rules)
    return made.value
  }

  async function look(apps: readonly string[] = [], seen: Partial<Config> = {}) {
    const target = { config: { ...config, ...seen }, internalUrl: null, now: Date.now }
    const findings = await checkForwardAuth({ ...target, apps: apps.map((url) => new URL(url)) })
    return findings.map(({ status, what, remedy }) => [
      status,
      what,
      ...(remedy === undefined ? [] : [remedy]),
    ])
  }

  return { service, config, site, upstreams, register, look }
}

const WELL = [
  ['ok', expect.stringMatching(/^The proxy asks in the headers of \w+, and lets no client choose them\.$/)],
  ['ok', 'All rules apply, and all sites with rules ask this service.'],
]

describe("The doctor's check of forward auth", () => {
  it.each(PROXIES)('accepts the sample for %s, and reaches no site', async (proxy) => {
    const { site, upstreams, register, look } = await start(proxy)
    const origin = await PLAIN_PROXIES[proxy](upstreams)
    await register(origin)
    expect(await look()).toEqual(WELL)
    // Named in the command line instead.
    expect((await look([`${origin}/page`])).length).toBe(2)
    expect(site.reached).toEqual([])
  })

  it('examines sites of the command line, and leaves apps with the middleware alone', async () => {
    const { site, upstreams, look } = await start('nginx')
    const origin = await PLAIN_PROXIES.nginx(upstreams)
    expect(await look([`${origin}/page`])).toEqual(WELL)
    expect(await look([`http://127.0.0.1:${site.port}/`])).toEqual([
      [
        'warn',
        "FORWARD_AUTH_PROXY is nginx, but no rule names a site, so the doctor can't check the proxy.",
        expect.stringContaining('latchkey doctor https://wiki.example.com/'),
      ],
    ])
  })

  it.each(PROXIES)(
    'and its journey from sign-in to sign-out leads through a site behind %s',
    async (proxy) => {
      const { config, upstreams } = await start(proxy)
      const page = new URL('/page', await PLAIN_PROXIES[proxy](upstreams))
      const findings = await checkJourney({ config, internalUrl: null, now: Date.now, apps: [page] })
      expect(findings.map(({ status, what }) => [status, what])).toEqual([
        ['ok', '/page redirects anonymous users to the login page with the right return address.'],
        ...Array(findings.length - 4).fill(['ok', expect.any(String)]),
        ['ok', 'It is a site behind forward auth.'],
        ['ok', 'The app recognises the signed-in user and renews the session itself.'],
        ['ok', expect.stringMatching(/^After sign-out, the app rejected the cookies within/)],
      ])
    },
  )

  it('finds a site that does not ask, and one that is away', async () => {
    const { site, register, look } = await start('nginx')
    const app = await register(`http://wiki.demo.localhost:${site.port}`)
    expect(await look()).toEqual([
      [
        'fail',
        `http://wiki.demo.localhost:${site.port} answers 200 without asking this service: its rules protect nothing there.`,
        expect.stringContaining('docs/forward-auth.md'),
      ],
    ])
    expect(app.name).toBe('Wiki')
    const away = await start('nginx')
    await away.register(`http://wiki.demo.localhost:${await deadPort()}`)
    expect(await away.look()).toEqual([['fail', expect.stringMatching(/^Can't reach /), expect.any(String)]])
  })

  it('finds the headers of another proxy', async () => {
    const { upstreams, register, look } = await start('apache')
    await register(await PLAIN_PROXIES.caddy(upstreams))
    expect(await look()).toEqual([
      [
        'fail',
        expect.stringContaining('sends the headers of caddy or traefik, but FORWARD_AUTH_PROXY is apache.'),
        'Set FORWARD_AUTH_PROXY to one of: caddy, traefik.',
      ],
    ])
  })

  it('finds a proxy that sends no headers, too many, or others than the request has', async () => {
    const broken: [edit: (config: string) => string, what: string][] = [
      [(config) => config.replaceAll(/^.*X-Original-(URL|Method).*$/gm, ''), 'tells no URL of the request'],
      [
        (config) =>
          config.replaceAll('X-Original-URL', 'X-Original-URI $request_uri; proxy_set_header X-Original-URL'),
        'x-original-method, x-original-uri, x-original-url, which are not the headers of nginx alone',
      ],
      [
        (config) => config.replaceAll('$request_uri', '/prefix$request_uri'),
        'changes the path before it asks',
      ],
      [
        (config) => config.replaceAll('http://$server_name', 'http://www.$server_name'),
        'is for http://www.wiki',
      ],
      [
        (config) =>
          config
            .replaceAll('internal;', 'internal; proxy_set_header Cookie "";')
            .replaceAll('auth_request off;', 'auth_request off; proxy_set_header Cookie "";'),
        'asks without the cookies of the client',
      ],
    ]
    const { upstreams, register, service, look } = await start('nginx')
    const app = await register('http://wiki.demo.localhost:1')
    for (const [edit, what] of broken) {
      const origin = await PLAIN_PROXIES.nginx(upstreams, edit)
      await service.apps.change(app.id, { origins: [origin] }, OPERATOR)
      expect(await look()).toEqual([['fail', expect.stringContaining(what), expect.any(String)]])
    }
  })

  it('finds a proxy that lets clients choose the path, or send headers about the user', async () => {
    const { upstreams, register, service, look } = await start('haproxy')
    const app = await register('http://wiki.demo.localhost:1')
    const lenient = await PLAIN_PROXIES.haproxy(upstreams, (lua) =>
      lua.replace('asked["x-original-url"] =', 'asked["x-original-url"] = asked["x-original-url"] or'),
    )
    await service.apps.change(app.id, { origins: [lenient] }, OPERATOR)
    expect(await look()).toEqual([
      [
        'fail',
        expect.stringContaining('any client can choose the path'),
        expect.stringContaining('x-original-url'),
      ],
    ])
    const older = await PLAIN_PROXIES.haproxy(upstreams, (lua) =>
      lua.replace('find("latchkey", 1, true)', 'find("^x%-latchkey%-")'),
    )
    await service.apps.change(app.id, { origins: [older] }, OPERATOR)
    expect((await look())[0]).toEqual([
      'warn',
      expect.stringMatching(
        /passes on x[._]latchkey[._]user and x[._]latchkey[._]user, which some programs take/,
      ),
      expect.any(String),
    ])
  })

  it('finds a proxy that is not trusted', async () => {
    const { upstreams, register, look } = await start('nginx', {
      trustedProxies: [{ address: '10.0.0.0', prefix: 8 }],
    })
    await register(await PLAIN_PROXIES.nginx(upstreams))
    expect(await look()).toEqual([
      [
        'fail',
        expect.stringContaining('asks from 127.0.0.1, which is not in TRUSTED_PROXIES'),
        'Add 127.0.0.1 to TRUSTED_PROXIES.',
      ],
    ])
  })

  it('finds rules that no longer do what they say', async () => {
    const { service, upstreams, register, look } = await start('nginx')
    const group = await service.groups.create('editors', OPERATOR)
    await register(await PLAIN_PROXIES.nginx(upstreams), [{ path: '/edit', groups: ['editors'] }, STAFF])
    if (group.ok) await service.groups.remove(group.value, OPERATOR)
    const rules = [{ host: '*', path: '/admin/*', allow: 'public' as const }]
    expect((await look([], { forwardAuthRules: { rules, permissions: {} } })).slice(1)).toEqual([
      [
        'warn',
        expect.stringContaining('for /edit names “editors”, which does not exist'),
        expect.stringContaining('latchkey apps rules change Wiki /edit'),
      ],
      [
        'fail',
        expect.stringMatching(/for \/admin\/\* does not apply\. A rule of FORWARD_AUTH_RULES/),
        expect.any(String),
      ],
    ])
  })

  it('finds rules that no proxy asks for, and settings that the running service does not have', async () => {
    const { config, register, look } = await start(undefined)
    expect(await look()).toEqual([])
    await register('http://wiki.demo.localhost:1')
    expect(await look()).toEqual([
      [
        'warn',
        'Wiki has rules, but FORWARD_AUTH_PROXY is not set: they protect nothing.',
        expect.any(String),
      ],
    ])
    const target = { internalUrl: null, apps: [], now: Date.now }
    const rules = [{ host: '*', path: '/x', allow: 'staff' as const }]
    const other: Config = {
      ...config,
      forwardAuthProxy: 'caddy',
      forwardAuthRules: { rules, permissions: {} },
    }
    expect((await checkRunning({ config: other, ...target })).map(({ what }) => what)).toEqual([
      'The running service has FORWARD_AUTH_PROXY=, but here it is caddy.',
      expect.stringMatching(
        /^The running service has FORWARD_AUTH_RULES=, but here it is version [0-9a-f]{8}\.$/,
      ),
    ])
  })
})
