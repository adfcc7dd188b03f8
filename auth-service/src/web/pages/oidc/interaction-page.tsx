import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { OwnInteraction } from '../../../oidc/interactions.ts'
import { OIDC } from '../../../oidc/oidc-routes.ts'
import { message } from '../../../platform/i18n/message.ts'
import { createConfirmation } from '../../components/confirm-it-is-you.tsx'
import { page } from '../../components/layout.tsx'
import type { Problems } from '../../forms/form-page.ts'
import type { AccountContext } from '../../middleware/account-origin.ts'
import { noteRefusal } from '../../middleware/refusal-log.ts'
import { requireProof } from '../../middleware/require-proof.ts'
import { type AccountEnv, requireSession } from '../../middleware/require-session.ts'
import { allowFormTarget, noStore } from '../../middleware/security-headers.ts'
import { speakAsApp } from '../../sign-in/app-language.ts'
import type { Web } from '../../web.ts'
import { ConsentPage } from './consent-page.tsx'
import { NoAccessPage } from './no-access-page.tsx'
import { OidcErrorPage } from './oidc-error-page.tsx'

const PATH = `${OIDC}/interaction/:uid{[A-Za-z0-9_-]{1,64}}`

/**
 * `/oidc/interaction/…`: what an authorization asks of its user. To sign in: anyone else is led to the login page and
 * back, and signed-in users confirm that it is them, if the app asks for that. To consent. Or that they may not use the
 * app.
 */
export function interactionPage(web: Web): Hono<AccountEnv> {
  const { config, formPage, oidc, otherUser } = web
  const ask = createConfirmation(web)
  const found = new WeakMap<Context, OwnInteraction>()
  const interactionOf = (c: Context) => found.get(c) as OwnInteraction

  /** Only the browser that began it. */
  const findInteraction: MiddlewareHandler<AccountEnv> = async (c, next) => {
    if (!oidc.isOn()) return c.notFound()
    const uid = c.req.param('uid') as string
    const interaction = await oidc.interactions.find(uid, c.req.header('cookie') ?? '')
    if (!interaction) {
      noteRefusal(c, 'oidc_expired')
      return page(c, 404, <OidcErrorPage c={c} error="expired" isExpired />)
    }
    speakAsApp(c, interaction.uiLocales, config.https)
    found.set(c, interaction)
    // The addresses of all registered apps are allowed anyway.
    if (!interaction.app.registered) allowFormTarget(c, interaction.redirectUri)
    return next()
  }

  /**
   * If the app asks for a proof, it counts for the authorization that asked for it alone: neither one from before, nor
   * one from another tab (OpenID Connect Core 1.0, section 3.1.2.1: the user is prompted for reauthentication).
   */
  const weighProof: MiddlewareHandler<AccountEnv> = (c, next) => {
    const { account } = c.var
    const interaction = interactionOf(c)
    const isProved = !interaction.wantsProof || interaction.provedBy === account.current
    c.set('account', { ...account, isProved })
    return next()
  }

  const pathOf = (c: AccountContext) => `${OIDC}/interaction/${interactionOf(c).uid}`

  const show = (c: AccountContext, { errors }: Problems = {}) => {
    const { account } = c.var
    const interaction = interactionOf(c)
    const content = { path: pathOf(c), user: account.user, error: errors?.form, ...interaction }
    return interaction.prompt === 'access'
      ? page(c, 403, <NoAccessPage {...content} />)
      : page(c, 200, <ConsentPage {...content} />)
  }

  /** Goes on as the signed-in user. */
  const signedIn = (c: AccountContext): Promise<string> =>
    oidc.interactions.answer(interactionOf(c), { signedIn: c.var.account.current })

  async function open(c: AccountContext): Promise<Response> {
    const { account } = c.var
    const interaction = interactionOf(c)
    const { user, isProved } = account
    if (interaction.prompt !== 'login') return show(c)
    if (interaction.wantedUser !== null && interaction.wantedUser !== user.uuid) {
      const about = message('{app} expects another account.', { app: interaction.app.name })
      // Its form goes to /logout, which asks for no session, so that its token must not belong to one either.
      c.set('account', undefined as never)
      return otherUser(c, 200, user, about, pathOf(c))
    }
    if (isProved) return c.redirect(await signedIn(c), 303)
    return ask(c, 200, { path: `${pathOf(c)}/login`, fields: {}, flow: null }, {}, interaction.app.name)
  }

  const onSubmit = formPage<AccountContext, null>({
    values: () => null,
    address: pathOf,
    show: (c, _status, _values, problems) => show(c, problems),
  })

  const refuse = onSubmit(async (c) => ({
    to: await oidc.interactions.answer(interactionOf(c), {
      refused: 'access_denied',
      description:
        interactionOf(c).prompt === 'access' ? 'the user may not use this app' : 'the user refused',
    }),
  }))

  const allow = onSubmit(async (c) => {
    const { account } = c.var
    const interaction = interactionOf(c)
    if (interaction.prompt !== 'consent') return { to: pathOf(c) }
    const { user, current } = account
    await oidc.consent(interaction, user, current, { uuid: user.uuid, device: c.var.device })
    return { to: await oidc.interactions.answer(interaction, { consented: current }) }
  })

  const app = new Hono<AccountEnv>()
  const session = requireSession(web)
  for (const path of [PATH, `${PATH}/*`]) app.use(path, noStore, findInteraction, session, weighProof)
  return app
    .get(PATH, open)
    .post(
      `${PATH}/login`,
      requireProof(
        web,
        (c) => interactionOf(c).app.name,
        (c) => `/login?${new URLSearchParams({ next: config.authUrl + pathOf(c) })}`,
      ),
      onSubmit(async (c) => ({ to: await signedIn(c) })),
    )
    .post(`${PATH}/allow`, allow)
    .post(`${PATH}/cancel`, refuse)
}
