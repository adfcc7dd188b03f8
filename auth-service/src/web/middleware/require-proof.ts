import type { MiddlewareHandler } from 'hono'
import { RateLimited } from '../../accounts/rate-limits.ts'
import { PROOF_LIFETIME } from '../../accounts/reauthentication.ts'
import { createConfirmation } from '../components/confirm-it-is-you.tsx'
import { refusal, refuse, waitFor } from '../components/error-page.tsx'
import { keepPage } from '../forms/answer-once.ts'
import { wantsJson } from '../forms/body.ts'
import { type CarriedForm, carryOn } from '../forms/carried-form.ts'
import { isOutdated, type Submission } from '../forms/submission.ts'
import { problem } from '../problems.ts'
import type { Web } from '../web.ts'
import type { AccountContext } from './account-origin.ts'
import { createProveIdentity } from './prove-identity.ts'
import type { AccountEnv } from './require-session.ts'

/** The confirmation page by itself. */
export const CONFIRM_PATH = '/account/confirm'

/**
 * Lets only users pass who confirmed their identity within the last 15 minutes. Others get a confirmation page that
 * asks for the password, or for an emailed code if they have none. It keeps the submitted form, encrypted, which then
 * continues as if it came from its own page. `appOf` names the app that asks for the proof, if it is not our page, and
 * `signInOf` the path where programs sign in for it: then no other proof counts.
 */
export function requireProof(
  web: Web,
  appOf: (c: AccountContext) => string | null = () => null,
  signInOf: (c: AccountContext) => string | null = () => null,
): MiddlewareHandler<AccountEnv> {
  const { config, formCarrier, forms, log } = web
  const confirm = createConfirmation(web)
  const ask: typeof confirm = (c, status, form, errors) => confirm(c, status, form, errors, appOf(c))
  const prove = createProveIdentity(web)

  /** Nothing, where the user has proved who they are by what was sent; else the page once more. */
  async function proveOrAsk(c: AccountContext, fields: Submission['fields'], form: CarriedForm) {
    const proof = await prove(c, fields, form.flow)
    if (proof.state === 'proved') return null
    if (proof.state === 'no_mail') return refuse(c, 'no_mail')
    if (proof.state === 'wrong') return ask(c, 422, form, proof.errors)
    keepPage(c)
    return ask(c, 200, { ...form, flow: proof.flow })
  }

  async function proveOrWait(c: AccountContext, fields: Submission['fields'], form: CarriedForm) {
    try {
      return await proveOrAsk(c, fields, form)
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error
      c.header('Retry-After', String(error.retryAfter))
      return ask(c, 429, form, { form: waitFor(error) })
    }
  }

  return async (c, next) => {
    const { user, current, isProved } = c.var.account
    if (wantsJson(c)) {
      if (isProved) return next()
      log.info({ event: 'proof_asked', sid: current }, "asked a program to confirm the user's identity")
      const signIn = signInOf(c)
      return signIn === null ? proofProblem(config.authUrl) : signInProblem(config.authUrl, signIn)
    }
    if (c.req.method === 'GET' || c.req.method === 'HEAD') {
      return isProved
        ? next()
        : c.redirect(`${CONFIRM_PATH}?${new URLSearchParams({ next: c.req.path })}`, 303)
    }
    const { fields, refused } = await forms.read(c)
    const form = formCarrier.open(user, fields.sealed)
    if (!form) {
      // The page itself rejects an invalid form; and this page never keeps its own form.
      if (isProved || refused || c.req.path === CONFIRM_PATH) return next()
      const { csrf_token: _, ...kept } = fields
      return ask(c, 403, { path: c.req.path, fields: kept, flow: null })
    }
    if (form.path !== c.req.path) return refuse(c, 'expired_form')
    if (isOutdated(refused)) {
      // Or only the language of the page changed.
      return ask(c, 403, form, fields.language === undefined ? { form: refusal(refused).detail } : {})
    }
    if (refused) return refuse(c, refused)
    const answer = isProved ? null : await proveOrWait(c, fields, form)
    if (answer) return answer
    c.set('account', { ...c.var.account, isProved: true })
    carryOn(c, form.fields)
    return next()
  }
}

/** For programs, in the terms of RFC 9470. */
const proofProblem = (authUrl: string) =>
  problem('insufficient_user_authentication', {
    title: 'Confirm that it is you',
    detail: `This needs a confirmation of your identity from the last 15 minutes. POST your password to ${CONFIRM_PATH}, then repeat the request.`,
    max_age: PROOF_LIFETIME,
    confirm_url: authUrl + CONFIRM_PATH,
  })

/** The same where only a sign-in for this very request counts. */
const signInProblem = (authUrl: string, path: string) =>
  problem('insufficient_user_authentication', {
    title: 'Sign in again',
    detail: `The app asks its user to sign in for this request. POST the email and password to ${path}, then repeat the request with the new cookies.`,
    max_age: 0,
    confirm_url: authUrl + path,
  })
