import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { SamlFlow } from '../../../saml/saml-flow.ts'
import { continuePath, SAML_ROUTES } from '../../../saml/saml-routes.ts'
import type { SignInTo } from '../../../saml/saml-sign-in-flow.ts'
import { createConfirmation } from '../../components/confirm-it-is-you.tsx'
import { refuse as errorPage } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import type { AccountContext } from '../../middleware/account-origin.ts'
import { noteRefusal } from '../../middleware/refusal-log.ts'
import { requireProof } from '../../middleware/require-proof.ts'
import { type AccountEnv, requireSession } from '../../middleware/require-session.ts'
import type { Web } from '../../web.ts'
import { NoAccessPage } from '../oidc/no-access-page.tsx'
import { OidcErrorPage } from '../oidc/oidc-error-page.tsx'
import { send } from './sent-form.tsx'

const WAITING = `${SAML_ROUTES.continue}/:id{[A-Za-z0-9_-]{22}}`
const START = `${SAML_ROUTES.start}/:id{[0-9]{1,15}}`

/** A sign-in to an app, and the id under which its request waits. */
interface Current {
  readonly flow: SamlFlow
  readonly signIn: SignInTo
  /** `null` for a sign-in that began here. */
  readonly id: string | null
  /** Whether the user must have proved who they are for this very request, and the session in which they did. */
  readonly forceAuthn: boolean
  readonly provedBy: string | null
}

/**
 * `/saml/continue/…`: a request of a service provider goes on as the signed-in user; anyone else is led to the login
 * page and back. `/saml/start/…`: the same without a request, from the account page.
 */
export function samlSignInPage(web: Web): Hono<AccountEnv> {
  const { formPage, saml, sessions, warn } = web
  const ask = createConfirmation(web)
  const current = new WeakMap<Context, Current>()
  const currentOf = (c: Context) => current.get(c) as Current

  const expired = (c: Context) => {
    noteRefusal(c, 'saml_expired')
    return page(c, 404, <OidcErrorPage c={c} error="expired" isExpired />)
  }

  const findWaiting: MiddlewareHandler<AccountEnv> = async (c, next) => {
    const id = c.req.param('id') as string
    const flow = await saml.flow()
    const signIn = await flow.waiting(id)
    if (!signIn) return expired(c)
    const { forceAuthn, isPassive } = signIn.pending
    current.set(c, { flow, signIn, id, forceAuthn, provedBy: signIn.provedBy })
    if (!isPassive) return next()
    const found = await sessions.find(c.var.device.cookies)
    return found?.hasSecret && !forceAuthn ? next() : refuse(c, 'no_passive')
  }

  const findStarting: MiddlewareHandler<AccountEnv> = async (c, next) => {
    const flow = await saml.flow()
    const signIn = flow.starting(Number(c.req.param('id')))
    if (!signIn) {
      warn(
        { event: 'saml_refused', cause: 'no_start', setting: 'latchkey apps set-saml --starts-here' },
        'refused a sign-in that no app asked for: there is no such service provider, or its sign-in must not begin here',
      )
      return c.notFound()
    }
    current.set(c, { flow, signIn, id: null, forceAuthn: false, provedBy: null })
    return next()
  }

  /**
   * With `ForceAuthn`, a proof counts for the request that asked for it alone: neither one from before, nor one from
   * another tab (saml-core, section 3.4.1: the user is authenticated directly, rather than by a previous context).
   */
  const weighProof: MiddlewareHandler<AccountEnv> = (c, next) => {
    const { account } = c.var
    const { forceAuthn, provedBy } = currentOf(c)
    c.set('account', { ...account, isProved: !forceAuthn || provedBy === account.current })
    return next()
  }

  /** What only asks for headers must not answer the app, once and for all. */
  const noHead: MiddlewareHandler<AccountEnv> = async (c, next) =>
    c.req.method === 'HEAD' ? errorPage(c, 'method_not_allowed', { allow: 'GET, POST' }) : next()

  const pathOf = (c: Context) => continuePath(currentOf(c).id ?? '')

  /** Tells the app that there is no sign-in. */
  async function refuse(c: Context, code: 'no_passive' | 'request_denied' | 'unknown_principal') {
    const { flow, signIn, id } = currentOf(c)
    if (id === null || !(await flow.close(id))) return expired(c)
    return send(c, await flow.refuse(signIn, ['responder', code]), signIn.app.name)
  }

  /** Signs the user in to the app, once. */
  async function signIn(c: AccountContext): Promise<Response> {
    const { flow, signIn, id } = currentOf(c)
    if (id !== null && !(await flow.close(id))) return expired(c)
    const { current: sid, user } = c.var.account
    const sending = await flow.signIn(signIn, { sid, user })
    return sending ? send(c, sending, signIn.app.name) : expired(c)
  }

  async function open(c: AccountContext): Promise<Response> {
    const { flow, signIn: asked, id } = currentOf(c)
    const { account } = c.var
    const { user, current: sid, isProved } = account
    if (!flow.isAbout(asked, { sid, user })) return refuse(c, 'unknown_principal')
    if (!flow.mayUse(asked, user)) {
      if (asked.pending.isPassive) return refuse(c, 'request_denied')
      noteRefusal(c, 'saml_no_access')
      return page(c, 403, <NoAccessPage app={asked.app} user={user} path={id && pathOf(c)} />)
    }
    if (isProved) return signIn(c)
    return ask(c, 200, { path: `${pathOf(c)}/login`, fields: {}, flow: null }, {}, asked.app.name)
  }

  const onSubmit = formPage<AccountContext, null>({
    values: () => null,
    address: pathOf,
    show: (c) => open(c),
  })

  const app = new Hono<AccountEnv>()
  const session = requireSession(web)
  for (const path of [WAITING, `${WAITING}/*`]) app.use(path, noHead, findWaiting, session, weighProof)
  app.use(START, noHead, findStarting, session, weighProof)
  return app
    .get(WAITING, open)
    .get(START, open)
    .post(
      `${WAITING}/login`,
      requireProof(web, (c) => currentOf(c).signIn.app.name),
      onSubmit(open),
    )
    .post(
      `${WAITING}/cancel`,
      onSubmit((c) => refuse(c, 'request_denied')),
    )
}
