import { type Context, Hono, type Next } from 'hono'
import type { MessageProblem, Received } from '../../saml/saml-message.ts'
import { continuePath, SAML, SAML_ROUTES } from '../../saml/saml-routes.ts'
import type { Unanswerable } from '../../saml/saml-senders.ts'
import { refuse } from '../components/error-page.tsx'
import { page } from '../components/layout.tsx'
import { readBody } from '../forms/body.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { noteRoute } from '../middleware/request-log.ts'
import { noStore } from '../middleware/security-headers.ts'
import { addCookies } from '../middleware/set-cookies.ts'
import { OidcErrorPage } from '../pages/oidc/oidc-error-page.tsx'
import { send } from '../pages/saml/sent-form.tsx'
import type { Web } from '../web.ts'

/**
 * Where the messages of SAML arrive. There is nothing at these paths until an app is a service provider. Forms of other
 * sites bring no cookies (`SameSite=Lax`), so that each of them leads to a page of ours that reads them.
 */
export function samlEndpoints({ limits, returnUrls, saml, sessions, warn }: Web): Hono {
  const app = new Hono()
  app.use(`${SAML}/*`, noStore, async (c: Context, next: Next) => {
    if (saml.isOn()) return next()
    warn(
      { event: 'saml_refused', cause: 'off', setting: 'latchkey apps set-saml' },
      'refused a request for SAML: no app is a service provider',
    )
    return c.notFound()
  })

  async function spend(c: Context): Promise<void> {
    const found = await sessions.find(c.var.device.cookies)
    await limits.consumeSamlRequest(c.var.device, found?.session.id ?? null)
  }

  async function refuseMessage(c: Context, { problem, app }: Unanswerable): Promise<Response> {
    const code = `saml_${problem}`
    noteRefusal(c, code)
    warn(
      {
        event: 'saml_refused',
        cause: problem,
        ...(app && { app: app.name }),
        setting: SETTINGS[problem] ?? PROVIDER,
      },
      'refused a message of a service provider',
    )
    const isExpired = problem === 'replayed' || problem === 'too_old'
    const isSignOut = c.req.path === SAML_ROUTES.slo
    return page(c, 400, <OidcErrorPage {...{ c, error: code, isExpired, isSignOut }} />)
  }

  /** The message of a request, or the refusal of a request without one. */
  async function receivedIn(c: Context): Promise<Received | Response> {
    if (c.req.method === 'POST') {
      const body = await readBody(c, 'application/x-www-form-urlencoded')
      if (!body.ok) return refuse(c, body.reason)
      const { SAMLRequest, SAMLResponse, RelayState } = body.value.fields
      const message = SAMLRequest ?? SAMLResponse
      const isOne = (SAMLRequest === undefined) !== (SAMLResponse === undefined)
      if (typeof message !== 'string' || !isOne)
        return refuseMessage(c, { problem: 'malformed_query', app: null })
      return { binding: 'post', message, relayState: typeof RelayState === 'string' ? RelayState : null }
    }
    const { readRedirectQuery } = await import('../../saml/redirect-query.ts')
    const query = readRedirectQuery(rawQueryOf(c))
    if (!query.ok) return refuseMessage(c, { problem: query.reason, app: null })
    if (query.value === null) return refuseMessage(c, { problem: 'malformed_query', app: null })
    return { binding: 'redirect', query: query.value }
  }

  const onlyBy = (c: Context, methods: readonly string[]) =>
    methods.includes(c.req.method) ? null : refuse(c, 'method_not_allowed', { allow: methods.join(', ') })

  app.all(SAML_ROUTES.metadata, async (c) => {
    const refused = onlyBy(c, ['GET', 'HEAD'])
    if (refused) return refused
    noteRoute(c, SAML_ROUTES.metadata)
    const flow = await saml.flow()
    return c.body(await flow.metadata(), 200, {
      'Content-Type': 'application/samlmetadata+xml; charset=utf-8',
    })
  })

  app.all(SAML_ROUTES.sso, async (c) => {
    const refused = onlyBy(c, ['GET', 'POST'])
    if (refused) return refused
    noteRoute(c, SAML_ROUTES.sso)
    const received = await receivedIn(c)
    if (received instanceof Response) return received
    const flow = await saml.flow()
    const taken = await flow.receiveSignIn(received, () => spend(c))
    if (!taken.ok) return refuseMessage(c, taken.reason)
    return 'id' in taken.value ? c.redirect(continuePath(taken.value.id), 303) : send(c, taken.value, null)
  })

  app.all(SAML_ROUTES.slo, async (c) => {
    const refused = onlyBy(c, ['GET', 'POST'])
    if (refused) return refused
    noteRoute(c, SAML_ROUTES.slo)
    const received = await receivedIn(c)
    if (received instanceof Response) return received
    const flow = await saml.flow()
    const taken = await flow.receiveLogout(received, c.var.device)
    return taken.ok ? c.redirect(taken.value.to, 303) : refuseMessage(c, taken.reason)
  })

  app.get(`${SAML_ROUTES.logout}/:id`, async (c) => {
    // HEAD, which Hono brings here, would pass by a service provider.
    const refused = onlyBy(c, ['GET'])
    if (refused) return refused
    const flow = await saml.flow()
    const sending = await flow.stepLogout(c.req.param('id'))
    // The service provider may have brought the browser here without cookies, so that they are still there.
    const cookies = c.var.device.cookies
    const ids = await sessions.idsFrom(cookies)
    const alive = await Promise.all(ids.map((id) => sessions.isLive(id)))
    if (ids.length > 0 && !alive.includes(true)) addCookies(c, sessions.clearCookies(cookies))
    return send(c, sending ?? { to: returnUrls.ours('/login', 'signed_out') }, null)
  })
  return app
}

/** As it was sent. */
const rawQueryOf = (c: Context): string => /\?([^#]*)/.exec(c.req.url)?.[1] ?? ''

const PROVIDER = 'latchkey apps set-saml'
const CERTIFICATE = `${PROVIDER} --certificate`
const CLOCKS = 'the clocks of the app and of this service (NTP)'

/** What to check. */
const SETTINGS: Partial<Record<MessageProblem, string>> = {
  unknown_issuer: `${PROVIDER} --entity-id`,
  unknown_consumer: `${PROVIDER} --acs-url`,
  unsigned: CERTIFICATE,
  bad_signature: CERTIFICATE,
  wrong_destination: 'AUTH_URL',
  too_old: CLOCKS,
  from_the_future: CLOCKS,
}
