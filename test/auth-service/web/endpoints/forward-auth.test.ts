import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { createOperatorProof } from '../../../../auth-service/src/platform/crypto/operator-proof.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { eventually } from '../../../support/eventually.ts'
import {
  askRaw,
  headersOfProxy,
  OPENING,
  openBehindProxy,
  scriptAt,
  WIKI,
} from '../../support/behind-proxy.ts'
import type { Browser } from '../../support/browser.ts'
import { onBothDatabases, type TestService } from '../../support/services.ts'

const NAMES = ['user', 'email', 'name', 'groups', 'token'].map((name) => `x-latchkey-${name}`)
const identityIn = ({ headers }: Response) => NAMES.map((name) => headers.get(name))
const causes = ({ logged }: Pick<TestService, 'logged'>) =>
  logged.filter(({ event }) => event === 'forward_auth_refused')
const rule = (path: string, allow: unknown, host = '*') => ({ host, path, allow }) as never

onBothDatabases('GET /forward-auth', (open) => {
  it('tells the upstream who is signed in, with a token that the public keys verify', async () => {
    const { service, app, ask, signedIn } = await openBehindProxy(open, 'nginx')
    const ada = await signedIn()
    const answer = await ask(`${WIKI}/page`, { headers: OPENING }, ada)
    const user = await service.users.findByEmail('ada@example.com')
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(identityIn(answer)).toEqual([
      user?.uuid,
      'ada@example.com',
      'Ada Lovelace',
      '',
      expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    ])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(answer.headers.getSetCookie()).toEqual([])

    const keys = (await (await app.request('/.well-known/jwks.json')).json()) as JSONWebKeySet
    const { payload } = await jwtVerify(
      answer.headers.get('x-latchkey-token') ?? '',
      createLocalJWKSet(keys),
      {
        issuer: service.config.authUrl,
        audience: service.config.cookieDomain,
        typ: 'at+jwt',
        currentDate: new Date(service.now()),
      },
    )
    expect(payload.sub).toBe(user?.uuid)
  })

  it('renews in the same answer, with both cookies', async () => {
    const { service, ask, signedIn } = await openBehindProxy(open, 'caddy')
    const ada = await signedIn()
    const before = (await ask(`${WIKI}/`, { headers: OPENING }, ada)).headers.get('x-latchkey-token')
    service.wait(service.config.accessTtl + 60)
    const answer = await ask(`${WIKI}/`, { headers: OPENING }, ada)
    expect(answer.status).toBe(204)
    const lines = answer.headers.getSetCookie()
    expect(lines.map((line) => line.split('=', 1)[0])).toEqual(['jwt.access', 'jwt.refresh'])
    expect([1, 2, 3].map((at) => answer.headers.get(`x-latchkey-set-cookie-${at}`))).toEqual([...lines, null])
    expect(answer.headers.get('x-latchkey-token')).not.toBe(before)
    expect(lines[0]).toContain(answer.headers.get('x-latchkey-token'))
    // The browser has the new ones.
    expect((await ask(`${WIKI}/`, { headers: OPENING }, ada)).headers.getSetCookie()).toEqual([])
  })

  it('a session that ended elsewhere is over at once, and its cookies go', async () => {
    const { ask, signedIn } = await openBehindProxy(open, 'caddy')
    const ada = await signedIn()
    expect((await ask(`${WIKI}/`, { headers: OPENING }, ada)).status).toBe(204)
    const cookie = await ada.jar.getCookieString(WIKI)
    await ada.submit('/logout', '/logout')
    const answer = await redirected(() => ask(`${WIKI}/`, { headers: { ...OPENING, cookie } }))
    expect(answer.headers.get('location')).toMatch('/login?next=')
    expect(identityIn(answer)).toEqual([null, null, null, null, null])
  })

  it('asks for staff, groups and permissions', async () => {
    const { service, ask, signedIn } = await openBehindProxy(open, 'traefik', {
      permissions: { 'wiki.edit': ['editors'] },
      rules: [
        rule('/staff/*', 'staff'),
        rule('/group', { groups: ['editors', 'others'] }),
        rule('/edit', { permissions: ['wiki.edit'] }),
        rule('/open', 'public'),
      ],
    })
    const ada = await signedIn()
    const statuses = () =>
      Promise.all(
        ['/staff/x', '/group', '/edit', '/open', '/'].map(async (path) => {
          const { status } = await ask(WIKI + path, { headers: OPENING }, ada)
          return status
        }),
      )
    expect(await statuses()).toEqual([403, 403, 403, 204, 204])
    expect(causes(service)).toContainEqual(
      expect.objectContaining({ cause: 'rule', rule: 2, setting: 'FORWARD_AUTH_RULES', level: 30 }),
    )
    const user = await service.users.findByEmail('ada@example.com')
    const group = await service.groups.create('editors', OPERATOR)
    if (!user || !group.ok) throw new Error('there is no user or no group')
    await service.groups.add(group.value, user, OPERATOR)
    await service.administration.change(user.uuid, { isStaff: true }, OPERATOR)
    service.wait(service.config.accessTtl + 60)
    expect(await statuses()).toEqual([204, 204, 204, 204, 204])
    expect((await ask(`${WIKI}/open`, {}, ada)).headers.get('x-latchkey-groups')).toBe('editors')
    // Without a user, a public path has no identity.
    const open1 = await ask(`${WIKI}/open`, { headers: OPENING })
    expect([open1.status, ...identityIn(open1)]).toEqual([204, '', '', '', '', ''])
  })
})

onBothDatabases('Rules of a registered app, at /forward-auth', (open) => {
  /** The wiki with these rules, and a user in the group editors. */
  async function ruled(rules: readonly object[], file: Parameters<typeof openBehindProxy>[2] = {}) {
    const site = await openBehindProxy(open, 'caddy', file)
    const { service } = site
    const app = await service.apps.create({ name: 'Wiki', origins: [WIKI] }, OPERATOR)
    const group = await service.groups.create('editors', OPERATOR)
    if (!app.ok || !group.ok) throw new Error('there is no app or no group')
    const { id } = app.value
    await service.appPermissions.publish(id, [{ name: 'wiki.edit', description: '', groups: ['editors'] }])
    const set = async (list: readonly object[]) => {
      const outcome = await service.appRules.replace({ id, by: OPERATOR }, list)
      if (!outcome?.ok) throw new Error(JSON.stringify(outcome))
    }
    await set(rules)
    const statuses = (paths: readonly string[], browser?: Browser, ask = site.ask) =>
      Promise.all(paths.map(async (path) => (await ask(WIKI + path, { headers: OPENING }, browser)).status))
    return { ...site, id, group: group.value, set, statuses }
  }

  it('count in their order, and without one users must be signed in', async () => {
    const { service, statuses, signedIn, group } = await ruled([
      { path: '/public/*', allow: 'public' },
      { path: '/staff', allow: 'staff' },
      { path: '/group', groups: ['editors'] },
      { path: '/edit', permissions: ['wiki.edit'] },
    ])
    const paths = ['/public/x', '/staff', '/group', '/edit', '/other']
    expect(await statuses(paths)).toEqual([204, 302, 302, 302, 302])
    const ada = await signedIn()
    expect(await statuses(paths, ada)).toEqual([204, 403, 403, 403, 204])
    expect(causes(service)).toContainEqual(
      expect.objectContaining({
        cause: 'rule',
        app: 'Wiki',
        rule: 2,
        setting: 'the rules of the app at /admin/apps',
      }),
    )
    const user = await service.users.findByEmail('ada@example.com')
    if (user) await service.groups.add(group, user, OPERATOR)
    await service.administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
    service.wait(service.config.accessTtl + 60)
    expect(await statuses(paths, ada)).toEqual([204, 204, 204, 204, 204])
  })

  it('apply at once where they are changed, and within a second elsewhere', async () => {
    const { service, set, statuses } = await ruled([{ path: '/*', allow: 'public' }])
    const beside = createApp(await open({ beside: service, config: service.config }))
    const askBeside = (url: string) => askRaw(beside, { ...OPENING, ...headersOfProxy('caddy', url) })
    expect(await statuses(['/x'], undefined, askBeside)).toEqual([204])
    await set([{ path: '/*', allow: 'staff' }])
    expect(await statuses(['/x'])).toEqual([302])
    await redirected(() => askBeside(`${WIKI}/x`))
  })

  it('about groups and permissions that are gone let superusers pass alone', async () => {
    const { service, id, group, statuses, signedIn } = await ruled([
      { path: '/group', groups: ['editors'] },
      { path: '/edit', permissions: ['wiki.edit'] },
    ])
    const ada = await signedIn()
    const user = await service.users.findByEmail('ada@example.com')
    if (user) await service.groups.add(group, user, OPERATOR)
    service.wait(service.config.accessTtl + 60)
    expect(await statuses(['/group', '/edit'], ada)).toEqual([204, 204])
    await service.groups.rename(group, 'writers', OPERATOR)
    await service.appPermissions.publish(id, [])
    service.wait(service.config.accessTtl + 60)
    await eventually(async () => expect(await statuses(['/group', '/edit'], ada)).toEqual([403, 403]))
    await service.administration.change(user?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    service.wait(service.config.accessTtl + 60)
    expect(await statuses(['/group', '/edit'], ada)).toEqual([204, 204])
  })

  it('come after those of the file', async () => {
    const file = { rules: [rule('/public/*', 'public', 'wiki.demo.localhost')] }
    const { statuses } = await ruled([{ path: '/*', allow: 'staff' }], file)
    expect(await statuses(['/public/x', '/other'])).toEqual([204, 302])
  })

  it('refuse the host under another port or scheme, where they would not count', async () => {
    const { service, ask, signedIn } = await ruled([{ path: '/*', allow: 'staff' }])
    const ada = await signedIn()
    for (const url of ['http://wiki.demo.localhost/', 'http://wiki.demo.localhost:8081/x']) {
      const answer = await ask(url, {}, ada)
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'foreign_host'])
    }
    expect(causes(service)).toEqual([
      expect.objectContaining({
        cause: 'other_origin',
        host: 'wiki.demo.localhost',
        setting: 'the origins of the app at /admin/apps',
      }),
    ])
  })

  it('are for paths in one spelling: all others are refused', async () => {
    const { statuses, signedIn } = await ruled([
      { path: '/admin', allow: 'staff' },
      { path: '/*', allow: 'public' },
    ])
    const ada = await signedIn()
    const spellings = [
      '/admin',
      '/admin/',
      '/%61dmin',
      '/Admin',
      '/ADMIN/',
      '//admin',
      '/./admin',
      '/admin%2f',
      '/admin;x',
    ]
    expect(await statuses(spellings, ada)).toEqual(spellings.map(() => 403))
    expect(await statuses(['/administration', '/admin/x'], ada)).toEqual([204, 204])
  })
})

/** Asks until the answer redirects: the feed is heard within a second. */
const redirected = (request: () => Promise<Response>): Promise<Response> =>
  eventually(async () => {
    const answer = await request()
    expect(answer.status).toBe(302)
    return answer
  })

/** Each of the following is about HTTP alone. */
onBothDatabases('An anonymous request at /forward-auth', (open) => {
  it.each(['caddy', 'traefik', 'haproxy', 'apache'] as const)(
    'from a browser behind %s is redirected, with the way back',
    async (proxy) => {
      const { ask } = await openBehindProxy(open, proxy)
      const answer = await ask(`${WIKI}/page?a=b%20c`, { headers: OPENING })
      expect([answer.status, answer.headers.get('location')]).toEqual([
        302,
        `http://auth.demo.localhost:4000/login?next=${encodeURIComponent(`${WIKI}/page?a=b%20c`)}`,
      ])
    },
  )

  it('behind nginx is told by 401, and the page comes from /forward-auth/refusal', async () => {
    const { ask, signedIn } = await openBehindProxy(open, 'nginx')
    const answer = await ask(`${WIKI}/page`, { headers: OPENING })
    expect([answer.status, answer.headers.get('location')]).toEqual([401, expect.stringMatching('/login')])
    const shown = await ask(`${WIKI}/page`, { headers: OPENING }, undefined, '/forward-auth/refusal')
    expect([shown.status, shown.headers.get('location')]).toEqual([302, answer.headers.get('location')])
    // Let in a moment later.
    const ada = await signedIn()
    const allowed = await ask(`${WIKI}/page`, { headers: OPENING }, ada, '/forward-auth/refusal')
    expect([allowed.status, allowed.headers.get('retry-after'), ...identityIn(allowed)]).toEqual([
      503,
      '5',
      ...NAMES.map(() => null),
    ])
  })

  it('from a script gets a problem, which pages of the family may read', async () => {
    const { ask } = await openBehindProxy(open, 'caddy')
    const other = 'http://app2.demo.localhost:9000'
    const answer = await ask(`${WIKI}/api`, { headers: scriptAt(other, 'same-site') })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json; charset=utf-8',
    ])
    expect(await answer.json()).toMatchObject({
      status: 401,
      login_url: `http://auth.demo.localhost:4000/login?next=${encodeURIComponent(`${other}/`)}`,
    })
    expect(answer.headers.get('access-control-allow-origin')).toBe(other)
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect(answer.headers.get('vary')).toMatch('Origin')
    const stranger = await ask(`${WIKI}/api`, { headers: scriptAt('http://evil.example', 'cross-site') })
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([401, null])
  })

  it('that sends a form gets a page that leads to the login page, in the language of its reader', async () => {
    const { ask } = await openBehindProxy(open, 'caddy')
    const headers = { ...OPENING, 'sec-fetch-site': 'same-origin', origin: WIKI, 'accept-language': 'de' }
    const answer = await ask(`${WIKI}/page`, { method: 'POST', headers })
    const html = await answer.text()
    expect([answer.status, answer.headers.get('content-language')]).toEqual([401, 'de'])
    expect(html).toContain('<html lang="de">')
    expect(html).toContain('Ihre Eingaben wurden nicht gespeichert.')
    expect(html).toMatch(
      /http-equiv="refresh" content="0; url=http:\/\/auth\.demo\.localhost:4000\/login\?next=/,
    )
  })

  it('is let in by no method, program or path of health checks', async () => {
    const { ask } = await openBehindProxy(open, 'caddy', { rules: [rule('/open', 'public')] })
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'POST', 'CONNECT', 'PROPFIND', 'PURGE']) {
      expect((await ask(`${WIKI}/`, { method })).status, method).toBe(401)
    }
    for (const agent of ['GoogleHC/1.0', 'kube-probe/1.30', 'ELB-HealthChecker/2.0', 'curl/8.0', '']) {
      const { status } = await ask(`${WIKI}/`, { headers: { 'user-agent': agent } })
      expect(status, agent).toBe(401)
    }
    for (const path of ['/healthz', '/ping', '/ready', '/favicon.ico', '/robots.txt', '/.well-known/x']) {
      expect((await ask(WIKI + path)).status, path).toBe(401)
    }
    const preflight = { origin: 'http://app2.demo.localhost', 'access-control-request-method': 'GET' }
    expect((await ask(`${WIKI}/`, { method: 'OPTIONS', headers: preflight })).status).toBe(401)
    for (const query of ['?/open', '?x=/open', '#/open']) {
      expect((await ask(`${WIKI}/${query}`)).status, query).toBeOneOf([401, 403])
    }
  })
})

onBothDatabases('A signed-in request at /forward-auth', (open) => {
  it('that changes something must come from a page of the same origin', async () => {
    const { ask, signedIn } = await openBehindProxy(open, 'nginx', { rules: [rule('/open', 'public')] })
    const ada = await signedIn()
    const post = async (headers: Record<string, string>, path = '/') =>
      (await ask(WIKI + path, { method: 'POST', headers }, ada)).status
    expect(await post({ origin: WIKI, 'sec-fetch-site': 'same-origin' })).toBe(204)
    expect(await post({ origin: WIKI })).toBe(204)
    expect(await post({ origin: 'http://app2.demo.localhost', 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await post({ origin: 'http://wiki.demo.localhost' })).toBe(403)
    expect(await post({ origin: 'null' })).toBe(403)
    expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await post({ 'sec-fetch-site': 'cross-site' }, '/open')).toBe(403)
  })

  it.each([{ upgrade: 'websocket' }, { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }])(
    'that opens a WebSocket must come from such a page, too (%o)',
    async (socket) => {
      const { service, ask, signedIn } = await openBehindProxy(open, 'traefik')
      const ada = await signedIn()
      const headers: Record<string, string> = { ...socket, origin: WIKI }
      const opening = (more = {}) => ask(`${WIKI}/live`, { headers: { ...headers, ...more } }, ada)
      expect((await opening()).status).toBe(204)
      expect((await opening({ origin: 'http://app2.demo.localhost' })).status).toBe(403)
      // Its answer can't carry cookies, so the session is only checked.
      service.wait(service.config.accessTtl + 60)
      const later = await opening()
      expect([later.status, later.headers.getSetCookie(), later.headers.get('x-latchkey-token')]).toEqual([
        204,
        [],
        '',
      ])
      expect(later.headers.get('x-latchkey-email')).toBe('ada@example.com')
    },
  )

  it('is what its cookies say, whatever identity its headers claim', async () => {
    const { ask, signedIn } = await openBehindProxy(open, 'nginx')
    const ada = await signedIn()
    const forged = {
      'X-Latchkey-User': 'root',
      'X-LATCHKEY-Email': 'root@example.com',
      'x-latchkey-TOKEN': 'x',
    }
    const answer = await ask(`${WIKI}/`, { headers: { ...OPENING, ...forged } }, ada)
    expect(answer.headers.get('x-latchkey-email')).toBe('ada@example.com')
    expect(JSON.stringify([...answer.headers])).not.toContain('root')
    expect((await ask(`${WIKI}/`, { headers: { ...OPENING, ...forged } })).status).toBe(401)
  })

  it('gets a page in German that says no, or a problem', async () => {
    const { ask, signedIn } = await openBehindProxy(open, 'caddy', { rules: [rule('/staff', 'staff')] })
    const ada = await signedIn()
    const answer = await ask(`${WIKI}/staff`, { headers: { ...OPENING, 'accept-language': 'de' } }, ada)
    const html = await answer.text()
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([403, 'private, no-store'])
    expect(html).toContain('dürfen diese Seite aber nicht öffnen')
    expect(html).toContain('href="http://auth.demo.localhost:4000/account"')
    const script = await ask(`${WIKI}/staff`, { headers: scriptAt(WIKI) }, ada)
    expect(await script.json()).toMatchObject({ status: 403, title: 'Not allowed' })
  })

  it('keeps its cookies during an outage', async () => {
    const { service, ask, signedIn } = await openBehindProxy(open, 'caddy', {}, (given) => ({
      ...given,
      sessions: {
        ...given.sessions,
        renewFrom: async () => {
          throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
        },
      },
    }))
    const ada = await signedIn()
    service.wait(service.config.accessTtl + 60)
    const answer = await ask(`${WIKI}/`, { headers: { ...OPENING, 'accept-language': 'de' } }, ada)
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []])
    expect(await answer.text()).toContain('Vorübergehend nicht verfügbar')
  })
})

onBothDatabases('/forward-auth refuses', (open) => {
  it('everything unless FORWARD_AUTH_PROXY is set, and says so to a proxy', async () => {
    const service = await open({ config: { trustedProxies: [{ address: '127.0.0.1', prefix: 32 }] } })
    const app = createApp(service)
    const headers = headersOfProxy('nginx', `${WIKI}/`)
    expect((await askRaw(app, headers, '192.0.2.1')).status).toBe(404)
    expect(causes(service)).toEqual([])
    expect((await askRaw(app, headers)).status).toBe(404)
    expect(causes(service)).toEqual([
      expect.objectContaining({ cause: 'off', setting: 'FORWARD_AUTH_PROXY', level: 40 }),
    ])
  })

  it('others than trusted proxies, signed in or not', async () => {
    const { service, app, signedIn } = await openBehindProxy(open, 'nginx', { rules: [rule('/*', 'public')] })
    const cookie = await (await signedIn()).jar.getCookieString(WIKI)
    for (const from of ['127.0.0.2', '192.0.2.1', '']) {
      const headers = { ...headersOfProxy('nginx', `${WIKI}/`), cookie, 'x-forwarded-for': '127.0.0.1' }
      const answer = await askRaw(app, headers, from)
      expect([answer.status, ...identityIn(answer)]).toEqual([403, ...NAMES.map(() => null)])
      expect(await answer.json()).toMatchObject({ code: 'untrusted_proxy' })
    }
    expect(causes(service)).toEqual([
      expect.objectContaining({ cause: 'untrusted_proxy', setting: 'TRUSTED_PROXIES', level: 40 }),
    ])
  })

  it('headers of another proxy beside its own, and a lack of them', async () => {
    const { service, app, ask } = await openBehindProxy(open, 'nginx', { rules: [rule('/open', 'public')] })
    for (const name of ['X-Forwarded-Uri', 'X-Forwarded-Prefix', 'X-Original-URI', 'X_Original_URL']) {
      const answer = await ask(`${WIKI}/admin`, { headers: { [name]: '/open' } })
      expect([answer.status, ((await answer.json()) as { code: string }).code], name).toEqual([
        403,
        'proxy_headers',
      ])
    }
    expect((await askRaw(app, headersOfProxy('caddy', `${WIKI}/open`))).status).toBe(403)
    expect((await askRaw(app, {})).status).toBe(403)
    const twice = `${WIKI}/open, ${WIKI}/admin`
    expect((await askRaw(app, { 'X-Original-Method': 'GET', 'X-Original-URL': twice })).status).toBe(403)
    expect(causes(service).map(({ cause, setting, expected }) => [cause, setting, expected])).toEqual(
      ['other_headers', 'missing_headers', 'unreadable_headers'].map((cause) => [
        cause,
        'FORWARD_AUTH_PROXY',
        'x-original-method, x-original-url',
      ]),
    )
  })

  // Traefik passes them on to the site (GHSA-x677-9fxg-v5c5, GHSA-rf44-j88r-hh8c).
  it('headers that some sites take for those about the user', async () => {
    const { service, ask, signedIn } = await openBehindProxy(open, 'traefik', {
      rules: [rule('/open', 'public')],
    })
    const ada = await signedIn()
    for (const name of ['X_Latchkey_User', 'X.Latchkey.User', 'x-latchkey.token', 'X~Latchkey~Groups']) {
      for (const path of ['/', '/open']) {
        const answer = await ask(WIKI + path, { headers: { [name]: 'root' } }, ada)
        expect([answer.status, ...identityIn(answer)]).toEqual([403, ...NAMES.map(() => null)])
        expect(await answer.json()).toMatchObject({ code: 'proxy_headers' })
      }
    }
    expect(causes(service)).toEqual([
      expect.objectContaining({
        cause: 'forged_identity',
        setting: expect.stringMatching('FORWARD_AUTH_PROXY'),
      }),
    ])
  })

  // A session that can't be read must not be passed on as none (CVE-2026-25748 of authentik).
  it('cookies that can’t be read, and never lets them pass', async () => {
    const { ask, signedIn } = await openBehindProxy(open, 'traefik', { rules: [rule('/open', 'public')] })
    const ada = await signedIn()
    const [access = '', refresh = ''] = (await ada.jar.getCookies(WIKI))
      .filter(({ key }) => key.startsWith('jwt.'))
      .map(({ value }) => value)
    const [head, body] = access.split('.')
    const malformed = [
      ...[
        '=',
        ';;;',
        'jwt.access',
        'jwt.access=',
        'jwt.access==',
        'jwt.access="',
        'jwt.access=%',
        'jwt.access=%00',
      ],
      ...[
        `jwt.access=${access}x`,
        `jwt.access=${head}.${body}.`,
        `jwt.access=${refresh}`,
        `jwt.access=.${access}`,
      ],
      ...[
        `jwt.refresh=${access}`,
        'jwt.refresh=%',
        `jwt.access=${'a.'.repeat(3000)}`,
        'jwt.access=a.b.c; jwt.access=d',
      ],
      ...[
        '\u00ff=\u00fe',
        'jwt.access={"alg":"none"}',
        'jwt.access=null; jwt.refresh=null',
        ', jwt.access=a.b.c',
      ],
    ]
    for (const cookie of malformed) {
      const answer = await ask(`${WIKI}/`, { headers: { ...OPENING, cookie } })
      expect([cookie, answer.status, ...identityIn(answer)]).toEqual([cookie, 302, ...NAMES.map(() => null)])
      const script = await ask(`${WIKI}/`, { headers: { ...scriptAt(WIKI), cookie } })
      expect([cookie, script.status]).toEqual([cookie, 401])
      const isOpen = await ask(`${WIKI}/open`, { headers: { cookie } })
      expect([cookie, isOpen.status, ...identityIn(isOpen)]).toEqual([cookie, 204, ...NAMES.map(() => '')])
    }
  })

  it('its own path in another spelling, which a proxy may not hide', async () => {
    const { app } = await openBehindProxy(open, 'nginx', { rules: [rule('/*', 'public')] })
    const headers = headersOfProxy('nginx', `${WIKI}/`)
    expect((await askRaw(app, headers)).status).toBe(204)
    expect((await askRaw(app, headers, '127.0.0.1', '/forward-auth?x')).status).toBe(204)
    for (const path of [
      '/%66orward-auth',
      '/forward%2dauth',
      '/forward-auth/',
      '/Forward-auth',
      '//forward-auth',
    ]) {
      expect([path, (await askRaw(app, headers, '127.0.0.1', path)).status]).toEqual([path, 404])
    }
  })

  it('hosts that are neither in the family nor of a registered app', async () => {
    const { service, ask } = await openBehindProxy(open, 'caddy')
    const foreign = [
      'http://evil.example/',
      'http://demo.localhost.evil.example/',
      'http://evildemo.localhost/',
      'http://wiki.demo.localhost./',
      'http://127.0.0.1/',
      'http://partner.example/',
    ]
    for (const url of foreign) {
      const answer = await ask(url, { headers: OPENING })
      expect([answer.status, answer.headers.get('location')], url).toEqual([403, null])
    }
    expect(causes(service)[0]).toMatchObject({
      cause: 'foreign_host',
      host: 'evil.example',
      setting: expect.stringMatching('COOKIE_DOMAIN'),
    })
    await service.apps.create({ name: 'Partner', origins: ['http://partner.example'] }, OPERATOR)
    const answer = await ask('http://partner.example/x', { headers: OPENING })
    expect([answer.status, answer.headers.get('location')]).toEqual([
      302,
      expect.stringMatching(encodeURIComponent('http://partner.example/x')),
    ])
  })

  const UNCLEAR = [
    '/open/../admin',
    '/open/%2e%2e/admin',
    '/open/..;/admin',
    '/open%2f..%2fadmin',
    '//open/x',
    '/open;/admin',
    '/open/x#/admin',
    '/open\\..\\admin',
    '/OPEN/x',
    '/open/%61',
  ]
  it.each(['nginx', 'caddy'] as const)(
    'paths that could be read in several ways, behind %s',
    async (proxy) => {
      const { service, ask, signedIn } = await openBehindProxy(open, proxy, {
        rules: [rule('/open/*', 'public')],
      })
      const ada = await signedIn()
      for (const path of UNCLEAR) {
        const answer = await ask(WIKI + path, {}, ada)
        expect([path, answer.status, ...identityIn(answer)]).toEqual([path, 403, ...NAMES.map(() => null)])
        expect(await answer.json()).toMatchObject({ code: 'ambiguous_path' })
      }
      expect(causes(service)).toEqual([
        expect.objectContaining({
          cause: 'ambiguous_path',
          setting: expect.stringMatching('FORWARD_AUTH_RULES'),
        }),
      ])
    },
  )
})

onBothDatabases('The doctor at /forward-auth', (open) => {
  it('is told what arrived, with a proof in the query; others are told nothing', async () => {
    const { service, ask } = await openBehindProxy(open, 'nginx', { rules: [rule('/*', 'public')] })
    const proofOf = (
      secretKey: string,
      at = Date.now(),
      purpose: 'siteProof' | 'operatorProof' = 'siteProof',
    ) => createOperatorProof({ secretKey }, () => at, purpose)
    const { secretKey } = service.config
    const target = `/x?latchkey-doctor=${proofOf(secretKey)}`
    const headers = { cookie: 'latchkey-doctor=1', 'x-latchkey-user': 'forged' }
    const answer = await ask(WIKI + target, { headers })
    expect([answer.status, answer.headers.get('cache-control'), await answer.json()]).toEqual([
      403,
      'no-store',
      {
        peer: '127.0.0.1',
        isTrusted: true,
        proxy: 'nginx',
        problem: null,
        origin: WIKI,
        target,
        urlHeaders: ['x-original-method', 'x-original-url'],
        identityHeaders: ['x-latchkey-user'],
        hasCookie: true,
      },
    ])
    const invalid = [
      ...[
        '',
        'x',
        proofOf('another secret of thirty-two characters'),
        proofOf(secretKey, Date.now() - 61_000),
      ],
      proofOf(secretKey, Date.now(), 'operatorProof'),
    ]
    for (const proof of invalid) {
      expect((await ask(`${WIKI}/x?latchkey-doctor=${proof}`)).status).toBe(204)
    }
  })
})

onBothDatabases('With REFRESH_COOKIE=auth, /forward-auth', (open) => {
  it('renews nothing: the login page does, and leads back', async () => {
    const { service, ask, signedIn } = await openBehindProxy(open, 'caddy', {}, undefined, {
      refreshCookie: 'auth',
    })
    const ada = await signedIn()
    expect((await ask(`${WIKI}/`, { headers: OPENING }, ada)).status).toBe(204)
    service.wait(service.config.accessTtl + 60)
    const answer = await ask(`${WIKI}/`, { headers: OPENING }, ada)
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([302, []])
    const next = await ada.get(answer.headers.get('location') ?? '')
    expect([next.status, next.location]).toEqual([303, `${WIKI}/`])
    expect((await ask(`${WIKI}/`, { headers: OPENING }, ada)).status).toBe(204)
  })
})

onBothDatabases('Many hosts at /forward-auth', (open) => {
  it('share the memory of a few, and each hears of revocations', async () => {
    const { ask, signedIn } = await openBehindProxy(open, 'caddy')
    const ada = await signedIn()
    const hosts = Array.from({ length: 60 }, (_, at) => `http://site${at}.demo.localhost/`)
    for (const url of [...hosts, ...hosts.slice(0, 3)]) {
      const answer = await ask(url, { headers: OPENING }, ada)
      expect([url, answer.status]).toEqual([url, 204])
    }
    const cookie = await ada.jar.getCookieString(WIKI)
    await ada.submit('/logout', '/logout')
    for (const url of [hosts[0], hosts[59]]) {
      await redirected(() => ask(url ?? '', { headers: { ...OPENING, cookie } }))
    }
  })
})

describe('The host of a request at /forward-auth', () => {
  // CVE-2026-48794 of Authelia.
  onBothDatabases('in capital letters', (open) => {
    it('is the same for the rules', async () => {
      const rules = [rule('/*', 'staff', '*.b.demo.localhost'), rule('/*', 'public', '*.demo.localhost')]
      const { ask } = await openBehindProxy(open, 'caddy', { rules })
      for (const host of ['a.b.demo.localhost', 'a.B.demo.localhost', 'A.B.DEMO.localhost:80']) {
        expect([host, (await ask(`http://${host}/`, { headers: OPENING })).status]).toEqual([host, 302])
      }
      expect((await ask('http://A.Demo.localhost/', { headers: OPENING })).status).toBe(204)
    })
  })
})

describe('A family with https', () => {
  onBothDatabases('and /forward-auth', (open) => {
    it('refuses sites over http', async () => {
      const service = await open({
        config: {
          authUrl: 'https://auth.example.com',
          https: true,
          cookieDomain: 'example.com',
          forwardAuthProxy: 'nginx',
          trustedProxies: [{ address: '127.0.0.1', prefix: 32 }],
        },
      })
      const app = createApp(service)
      const ask = (url: string) => askRaw(app, { ...OPENING, ...headersOfProxy('nginx', url) })
      expect((await ask('https://wiki.example.com/')).status).toBe(401)
      const plain = await ask('http://wiki.example.com/')
      expect([plain.status, plain.headers.get('location')]).toEqual([403, null])
    })

    it('is not there for clients of its public address, where a proxy forgot to hide it', async () => {
      const service = await open({
        config: {
          authUrl: 'https://auth.example.com',
          https: true,
          cookieDomain: 'example.com',
          forwardAuthProxy: 'nginx',
          forwardAuthRules: { rules: [rule('/*', 'public')], permissions: {} },
          trustedProxies: [{ address: '127.0.0.1', prefix: 32 }],
        },
      })
      const app = createApp(service)
      const headers = headersOfProxy('nginx', 'https://wiki.example.com/')
      const statusAt = async (host: string) => (await askRaw(app, { ...headers, host })).status
      for (const host of [
        'auth.example.com',
        'AUTH.example.com',
        'auth.example.com:443',
        'auth.example.com.',
      ]) {
        expect([host, await statusAt(host)]).toEqual([host, 403])
      }
      for (const host of ['127.0.0.1:4000', 'auth:4000', 'wiki.example.com', '[::1]:4000']) {
        expect([host, await statusAt(host)]).toEqual([host, 204])
      }
      expect(causes(service)).toEqual([
        expect.objectContaining({ cause: 'public_request', setting: expect.stringMatching('AUTH_URL') }),
      ])
    })
  })
})
