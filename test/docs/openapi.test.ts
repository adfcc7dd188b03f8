import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { RegisteredApp } from '../../auth-service/src/apps/apps.ts'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import type { User } from '../../auth-service/src/users/users.ts'
import { openApiDocument, openApiText } from '../../scripts/openapi/document.ts'
import { askRaw, headersOfProxy, PROXY, WIKI } from '../auth-service/support/behind-proxy.ts'
import type { Browser, Page } from '../auth-service/support/browser.ts'
import { linkIn, mailsOf } from '../auth-service/support/mails.ts'
import { registerApp } from '../auth-service/support/registered-app.ts'
import { registerClient } from '../auth-service/support/relying-party.ts'
import { ADA, openSite, PASSWORD, type Site } from '../auth-service/support/site.ts'

const document = openApiDocument()
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation: operation as Described,
  })),
)

interface Described {
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Content }>>
}
type Content = Readonly<Record<string, { readonly schema: object }>>

/** Routes that answer with pages, files and redirects alone. */
const FOR_BROWSERS = [
  'GET /',
  'GET /.well-known/change-password',
  'GET /assets/{name}',
  'GET /login',
  'GET /login/mail',
  'GET /login/mail/code',
  'GET /register',
  'GET /register/mailed',
  'GET /password/forgot',
  'GET /password/forgot/mailed',
  'GET /logout',
  'GET /account/confirm',
  'GET /account/names',
  'GET /account/email',
  'GET /account/password',
  'GET /account/delete',
  'GET /device',
  'GET /oidc/interaction/{uid}',
  'GET /saml/continue/{id}',
  'GET /saml/logout/{id}',
  'GET /saml/start/{id}',
]
/** Forms that belong to an authorization in a browser, and to its cookie. */
const FORMS = [
  ...['allow', 'cancel', 'login'].map((name) => `POST /oidc/interaction/{uid}/${name}`),
  ...['cancel', 'login'].map((name) => `POST /saml/continue/{id}/${name}`),
]
/** Routes of development and of the command line, which answer JSON. */
const INTERNAL = ['GET /healthz/inspect', 'GET /mailbox', 'GET /mailbox/{id}', 'GET /mailbox/{id}/html']

let site: Site
beforeEach(async () => {
  site = await openSite({
    signInByMail: 'on',
    forwardAuthProxy: 'nginx',
    trustedProxies: [{ address: PROXY, prefix: 32 }],
  })
})

describe('docs/openapi.json', () => {
  it('is what npm run docs writes', () => {
    expect(readFileSync('docs/openapi.json', 'utf8')).toBe(openApiText())
  })

  it('is a valid description of OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(JSON.parse(openApiText()))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  it('describes every route except those only for browsers, and no other', () => {
    const routes = site.app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{(?:[^{}]|\{[^}]*\})*\})?/g, '{$1}')}`)
    const described = operations.map(({ name }) => name)
    expect([...new Set(routes)].sort()).toEqual([...described, ...FOR_BROWSERS, ...FORMS, ...INTERNAL].sort())
  })

  it('leaves out no route that answers JSON', async () => {
    const ada = await site.signedIn()
    for (const route of FOR_BROWSERS) {
      const path = route.replace('GET ', '').replace('{name}', 'theme.css')
      const { headers } = await ada.request(path, { headers: { accept: 'application/json' } })
      expect(headers.get('content-type') ?? '', route).not.toMatch(/^application\/json/)
    }
  })
})

/** Answers that were seen, as `GET /account 200`. */
const seen = new Set<string>()
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema(closed({ $id: 'openapi', components: document.components }))

/** A copy whose objects have no members but those described: programs must be ready for more, and tests must not. */
function closed(schema: unknown): object {
  const text = JSON.stringify(schema, (_, value) =>
    value?.properties && value.type === 'object' ? { additionalProperties: false, ...value } : value,
  )
  return JSON.parse(text.replaceAll('"#/components', '"openapi#/components'))
}

/** Compares an answer with what is described for the path, and returns its body. */
function compared(method: string, path: string, { status, headers, html }: Page): Record<string, unknown> {
  const found = operations.find(({ name }) => isOf(name, `${method} ${path.split('?')[0]}`))
  const described = found?.operation.responses[status]
  if (!found || !described) throw new Error(`${method} ${path}: ${status} is not described: ${html}`)
  seen.add(`${found.name} ${status}`)
  const content = described.$ref ? document.components.responses.Problem.content : described.content
  const type = (headers.get('content-type') ?? '').split(';', 1)[0] as string
  if (!content) {
    expect([found.name, html]).toEqual([found.name, ''])
    return {}
  }
  expect(Object.keys(content), found.name).toContain(type)
  const body = JSON.parse(html)
  const { schema } = (content as Content)[type] as { schema: object }
  const check = ajv.compile(closed(schema))
  expect([found.name, check(body) || check.errors]).toEqual([found.name, true])
  return body
}

/** Literal paths come before those with parameters. */
const isOf = (template: string, route: string): boolean =>
  template === route ||
  (!operations.some(({ name }) => name === route) &&
    new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(route))

/** What was taken must be what is described. */
function checkRequest(path: string, body: object): void {
  const found = operations.find(({ name }) => isOf(name, `POST ${path}`))
  const content = found?.operation.requestBody?.content['application/json']
  const check = ajv.compile(closed(content?.schema ?? { type: 'object', properties: {} }))
  expect([path, check(body) || check.errors]).toEqual([path, true])
}

/** Asks as a program does, and compares each answer. */
const program = (browser: Browser) => ({
  get: async (path: string) =>
    compared('GET', path, await browser.request(path, { headers: { accept: 'application/json' } })),
  async post(path: string, body: object = {}) {
    const answer = await browser.json(path, body)
    if (answer.status < 300) checkRequest(path, body)
    return compared('POST', path, answer)
  },
})

const root = { email: 'root@example.com', first_name: 'Root' }
const codeIn = (text: string) => /\b\d{3} ?\d{3}\b/.exec(text)?.[0] ?? ''
const tokenIn = (link: string) => new URL(link, site.origin).searchParams.get('token') ?? ''

describe('The real answers are as described', () => {
  it('for sign-in and mailed links', async () => {
    const { service } = site
    const mallory = program(site.browser())
    await mallory.post('/register', { ...ADA, email: 'nobody' })
    await mallory.post('/login', { email: ADA.email, password: 'wrong' })
    await mallory.post('/login', { password: '' })
    const ada = program(site.browser())
    await ada.post('/register', ADA)
    await ada.post('/account/verify-email')
    const confirming = await linkIn(service, ADA.email)
    await ada.get(confirming)
    await ada.post('/verify-email', { token: tokenIn(confirming), password: PASSWORD })
    await ada.get('/verify-email?token=none')
    await ada.post('/language', { language: 'de' })
    await ada.post('/language', { language: 'xx' })
    await ada.post('/account/email', { email: 'lovelace@example.com', current_password: PASSWORD })
    const changing = await linkIn(service, 'lovelace@example.com')
    await ada.get(changing)
    await ada.post('/change-email', { token: tokenIn(changing), password: PASSWORD })
    await ada.post('/logout')

    const email = 'lovelace@example.com'
    await ada.post('/login', { email, password: PASSWORD })
    await ada.post('/login/mail', { email })
    const { text = '' } = (await mailsOf(service)).at(-1) ?? {}
    await ada.post('/login/mail/code', { code: 'none' })
    await ada.post('/login/mail/code', { code: codeIn(text) })
    await ada.post('/login/mail', { email })
    const signingIn = await linkIn(service, email)
    await ada.get(signingIn)
    await ada.post('/login/mail/link', { token: tokenIn(signingIn) })
    await ada.post('/login/mail/link', { token: tokenIn(signingIn) })
    await ada.post('/password/forgot', { email })
    const resetting = await linkIn(service, email)
    await ada.get(resetting)
    await ada.post('/password/reset', { token: tokenIn(resetting), password: 'short' })
    await ada.post('/password/reset', { token: tokenIn(resetting), password: `${PASSWORD} again` })
  })

  it('for a registration that must be confirmed', async () => {
    site = await openSite({ emailVerification: 'required' })
    await program(site.browser()).post('/register', ADA)
  })

  it('for the account', async () => {
    const ada = program(await site.signedIn())
    const other = program(site.browser())
    await other.get('/account')
    await other.post('/login', { email: ADA.email, password: PASSWORD })
    const { sessions } = await ada.get('/account')
    const id = (sessions as { id: string; current: boolean }[]).find(({ current }) => !current)?.id
    await ada.get('/account/history')
    await ada.get('/account/sessions')
    await ada.post(`/account/sessions/${id}/end`)
    await ada.post('/account/sessions/none/end')
    const partner = await registerClient(site.service)
    const { users, oidc, apps } = site.service
    const [app] = apps.list()
    const owner = await users.findByEmail(ADA.email)
    const shown = { clientId: partner.clientId, name: 'Partner', registered: app as RegisteredApp }
    await oidc.consent({ app: shown, scopes: ['openid'] }, owner as User, '', OPERATOR)
    await ada.post(`/account/apps/${partner.id}/withdraw`)
    await ada.post(`/account/apps/${partner.id}/withdraw`)
    await ada.post('/account/sessions/end-others')
    await ada.post('/account/names', { first_name: 'Augusta' })
    await ada.post('/account/names', { first_name: 7 })
    await ada.post('/account/password', { current_password: PASSWORD, password: `${PASSWORD} again` })
    await ada.post('/account/password', { current_password: PASSWORD })
    site.service.wait(16 * 60)
    await ada.get('/account/export')
    await ada.post('/account/confirm', { password: 'wrong' })
    await ada.post('/account/confirm', { password: `${PASSWORD} again` })
    await ada.get('/account/export')
    await ada.post('/account/sessions/end-all')
    await ada.post('/login', { email: ADA.email, password: `${PASSWORD} again` })
    await ada.post('/account/delete', { password: `${PASSWORD} again` })
    await ada.post('/login', { email: ADA.email, password: `${PASSWORD} again` })
  })

  it('for the proof of a user without a password', async () => {
    const { service } = site
    const browser = await site.signedIn()
    const user = (await service.users.findByEmail(ADA.email)) as User
    const { db, users } = service.database
    await db.update(users).set({ password: '!' })
    expect((await service.users.findByUuid(user.uuid))?.password).toBe('!')
    const ada = program(browser)
    const { sealed } = await ada.post('/account/confirm', { send_code: true })
    const { text = '' } = (await mailsOf(service)).at(-1) ?? {}
    await ada.post('/account/confirm', { sealed, code: codeIn(text) })
  })

  it('for users, as the administration sees them', async () => {
    const { admin, ada } = await administration()
    const path = `/admin/people/${ada.uuid}`
    await admin.get('/admin')
    await admin.get('/admin/people?q=ada')
    await admin.get(path)
    await admin.get('/admin/people/none')
    await admin.post(`${path}/details`, { first_name: 'Augusta' })
    await admin.post(`${path}/details`, { first_name: 'Ada', shown: { first_name: 'Ada' } })
    await admin.post(`${path}/details`, { email: 'nobody' })
    await admin.post(`${path}/rights`, { is_staff: true })
    await admin.post(`${path}/rights`, { is_staff: 'yes' })
    await admin.post('/admin/groups', { name: 'editors' })
    await admin.post(`${path}/groups`, { group: 'editors' })
    await admin.post(`${path}/groups`, { group: 'others' })
    await admin.post(`${path}/groups/remove`, { group: 'editors' })
    await admin.post(`${path}/mail-confirmation`, { email: ADA.email })
    await admin.post(`${path}/mail-confirmation`, { email: 'another@example.com' })
    await admin.post(`${path}/confirm-email`, { email: ADA.email })
    await admin.post(`${path}/reset-link`)
    const { sessions } = await admin.get(path)
    await admin.post(`${path}/sessions/${(sessions as { id: string }[])[0]?.id}/end`)
    await admin.post(`${path}/sessions/end-all`)
    await admin.post(`${path}/deletion`)
    await admin.post(`${path}/deletion/cancel`)
    await admin.post(`${path}/delete-now`, { confirm_email: 'other@example.com' })
    await admin.post(`${path}/delete-now`, { confirm_email: ADA.email })
    await admin.get('/admin/audit')
  })

  it('for groups, apps and invitations', async () => {
    const { admin, ada } = await administration()
    const group = await admin.post('/admin/groups', { name: 'editors' })
    const path = `/admin/groups/${group.id}`
    await admin.post('/admin/groups', { name: '' })
    await admin.get('/admin/groups')
    await admin.post(`${path}/members`, { email: ADA.email })
    await admin.get(path)
    await admin.post(`${path}/members/${ada.uuid}/remove`)
    await admin.post(`${path}/rename`, { name: 'authors' })
    await admin.post(`${path}/rename`, { name: 'others', shown: { name: 'editors' } })
    await admin.post(`${path}/delete`)

    const app = await admin.post('/admin/apps', { name: 'Notes', origins: ['http://notes.example'] })
    await admin.post('/admin/apps', { name: 'Notes', origins: 'none' })
    await admin.post(`/admin/apps/${app.id}`, { icon: 'N' })
    await admin.get('/admin/apps')
    await site.service.appPermissions.publish(Number(app.id), [
      { name: 'notes.publish', description: 'Publish notes', groups: ['editors'] },
    ])
    await admin.get('/admin/permissions')
    const rules = `/admin/apps/${app.id}/rules`
    await admin.post(rules, { path: '/admin/*', allow: 'staff' })
    await admin.post(rules, { path: '/draft', permissions: ['notes.publish'], before: '/admin/*' })
    await admin.post(rules, { path: 'admin', allow: 'staff' })
    await admin.post(rules, { path: '/x', allow: 'staff', shown: { rules: '' } })
    await admin.get(rules)
    await admin.post(`${rules}/change`, { rule: '/draft', path: '/drafts', allow: 'signed-in' })
    await admin.post(`${rules}/move`, { rule: '/drafts' })
    await admin.post(`${rules}/remove`, { rule: '/drafts' })
    const oidc = `/admin/apps/${app.id}/oidc`
    await admin.post(oidc, { redirect_uris: ['http://notes.example/callback'], groups: ['editors'] })
    await admin.post(oidc, { redirect_uris: 'none' })
    await admin.post(oidc, { first_party: true, shown: { redirect_uris: '' } })
    await admin.get(oidc)
    await admin.post(`${oidc}/remove`, { shown: { first_party: true } })
    await admin.post(`${oidc}/remove`)
    await admin.post(`${oidc}/remove`)
    await admin.post(`${oidc}/sign-out-devices`, {})
    await admin.get('/admin/apps/99/oidc')
    const saml = `/admin/apps/${app.id}/saml`
    const provider = { entity_id: 'http://notes.example/saml', acs_urls: ['http://notes.example/acs'] }
    await admin.post(saml, { ...provider, groups: ['editors'] })
    await admin.post(saml, { acs_urls: 'none' })
    await admin.post(saml, { name_id_format: 'email', shown: { entity_id: '' } })
    await admin.get(saml)
    await admin.post(`${saml}/remove`, { shown: { encrypt_assertions: true } })
    await admin.post(`${saml}/remove`)
    await admin.post(`${saml}/remove`)
    await admin.get('/admin/apps/99/saml')
    await admin.post(`/admin/apps/${app.id}/delete`)
    await admin.post(`${rules}/replace`, { rules: [] })
    for (let i = 0; i < 3; i++) await admin.post(`/admin/apps/${app.id}/secrets`)
    await admin.post(`/admin/apps/${app.id}/secrets/1/revoke`)
    await admin.post(`/admin/apps/${app.id}/secrets/1/revoke`)
    const owner = await site.service.users.findByEmail(root.email)
    const tokens = await Promise.all(
      ['One', 'Two'].map((name) =>
        site.service.apiTokens.create(owner as User, { name, apps: 'all' }, OPERATOR),
      ),
    )
    const [token] = tokens.map((one) => (one.ok ? one.token.id : ''))
    await admin.post(`/admin/people/${owner?.uuid}/tokens/${token}/revoke`)
    await admin.post(`/admin/people/${owner?.uuid}/tokens/${token}/revoke`)
    await admin.get(`/admin/people/${owner?.uuid}`)
    await admin.post(`/admin/people/${owner?.uuid}/tokens/revoke-all`)
    await admin.post(`/admin/apps/${app.id}/delete`)
    await admin.post(`/admin/apps/${app.id}/delete`)

    const invited = await admin.post('/admin/invitations', { is_staff: true })
    await admin.post('/admin/invitations', { email: 'nobody' })
    await admin.get('/admin/invitations')
    await admin.post(`/admin/invitations/${invited.id}/resend`)
    await admin.post(`/admin/invitations/${invited.id}/revoke`)
  })

  it('for apps', async () => {
    const browser = await site.signedIn()
    const app = program(browser)
    await app.get('/healthz')
    await app.get('/.well-known/jwks.json')
    for (const path of ['/forward-auth', '/forward-auth/refusal']) {
      await app.get(path)
      const headers = {
        ...headersOfProxy('nginx', `${WIKI}/`),
        cookie: await browser.jar.getCookieString(WIKI),
      }
      const answer = await askRaw(site.app, headers, PROXY, path)
      const html = await answer.text()
      compared('GET', path, { status: answer.status, headers: answer.headers, html } as Page)
    }
    await app.post('/refresh')
    const cookies = await browser.jar.getCookies(site.origin)
    const cookie = (name: string) => cookies.find(({ key }) => key === name)?.value ?? ''
    for (const fields of [
      { token: cookie('jwt.access') },
      { token: cookie('jwt.refresh'), token_type_hint: 'refresh_token' },
      { token: 'none' },
      {},
    ]) {
      compared('POST', '/introspect', await browser.post('/introspect', fields))
    }
    await program(browser).post('/account/sessions/end-all')
    const { entries } = await app.get('/revocations')
    expect(entries).not.toEqual([])
    await app.get('/revocations?since=never')
    await program(site.browser()).post('/refresh')
  })

  it('for registered apps', async () => {
    const { service } = site
    const board = await registerApp(service, 'Board')
    const visitor = program(await site.signedIn())
    const ada = await service.users.findByEmail('ada@example.com')
    if (!ada) throw new Error('no user')
    const created = await service.apiTokens.create(ada, { name: 'Script', apps: 'all', scopes: [] }, OPERATOR)
    const token = created.ok ? created.secret : ''
    const send = async (method: string, path: string, body: URLSearchParams | string, headers = {}) => {
      const type = typeof body === 'string' ? { 'content-type': 'application/json' } : undefined
      const response = await site.app.request(path, { method, body, headers: { ...type, ...headers } })
      const page = { status: response.status, headers: response.headers, html: await response.text() }
      return compared(method, path, page as Page)
    }
    const form = new URLSearchParams({ token, remote_address: '192.0.2.7', forwarded_for: '' })
    expect(await send('POST', '/introspect', form, board.headers)).toMatchObject({ active: true })
    await send('POST', '/introspect', form)
    await visitor.get('/account/tokens')
    const own = await visitor.post('/account/tokens', {
      name: 'Own',
      apps: ['Board'],
      scopes: [],
      expires: '30d',
    })
    await visitor.post('/account/tokens', { name: '', apps: 'all' })
    await visitor.post(`/account/tokens/${own.id}/revoke`)
    await visitor.post('/account/tokens/none/revoke')
    const permissions = [{ name: 'cards.read', description: 'Read cards', groups: ['editors'] }]
    await send('PUT', '/permissions', JSON.stringify({ permissions }), board.headers)
    await send('PUT', '/permissions', JSON.stringify({ permissions: 1 }), board.headers)
    await send('PUT', '/permissions', JSON.stringify({ permissions }))
    const fields = (given: Record<string, string>) => new URLSearchParams(given)
    const grant = fields({ grant_type: 'client_credentials' })
    await send('POST', '/token', grant, board.headers)
    await send('POST', '/token', grant)
    await send('POST', '/token', fields({ grant_type: 'password' }), board.headers)
    for (const decision of ['allow', 'deny']) {
      const begun = await send('POST', '/device/code', fields({ device_name: 'TV' }))
      const device = fields({ device_code: String(begun.device_code) })
      await send('POST', '/device/token', device)
      await visitor.post(`/device/${decision}`, { user_code: begun.user_code })
      await visitor.post(`/device/${decision}`, { user_code: begun.user_code })
      await send('POST', '/device/token', device)
    }
    await send('POST', '/device/code', fields({ client_id: 'none' }))
    const signIn = { email: ADA.email, password: PASSWORD, device_name: 'Phone' }
    await program(site.browser()).post('/api/tokens', signIn)
    await program(site.browser()).post('/api/tokens', { ...signIn, password: 'wrong' })
    await send('POST', '/revoke', form)
    await send('POST', '/revoke', new URLSearchParams({ token: 'a.b.c' }))
    const { entries } = await program(site.browser()).get('/revocations')
    expect(entries).toContainEqual(expect.objectContaining({ token: created.ok && created.token.id }))
    await visitor.post('/account/tokens/revoke-all')
  })

  it('for the stream of revocations', async () => {
    const response = await site.app.request('/revocations', { headers: { accept: 'text/event-stream' } })
    await response.body?.cancel()
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const found = operations.find(({ name }) => name === 'GET /revocations')
    expect(Object.keys(found?.operation.responses['200']?.content ?? {})).toContain(type)
  })

  // Runs after all others: each adds to what was seen.
  afterAll(() => {
    const good = operations.flatMap(({ name, operation }) =>
      Object.keys(operation.responses)
        .filter((status) => status.startsWith('2'))
        .map((status) => `${name} ${status}`),
    )
    expect(good.filter((answer) => !seen.has(answer))).toEqual([])
  })
})

/** A superuser who has just proved who they are, and a user. */
async function administration() {
  const { users, administration } = site.service
  const browser = await site.signedIn(root)
  await site.signedIn()
  const person = (await users.findByEmail(root.email)) as User
  await administration.change(person.uuid, { isSuperuser: true }, OPERATOR)
  return { admin: program(browser), ada: (await users.findByEmail(ADA.email)) as User }
}
