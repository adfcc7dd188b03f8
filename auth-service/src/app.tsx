import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { isOutage } from './database/failures.ts'
import { endpointsForApps } from './endpoints/for-apps.ts'
import { inspectEndpoint } from './endpoints/inspect.ts'
import { answerOnce } from './http/answer-once.ts'
import { assetFiles } from './http/assets.ts'
import { MAX_BODY } from './http/body.ts'
import { knowClient } from './http/client.ts'
import { HOME } from './http/entrance.ts'
import { languages } from './http/language.ts'
import { lookOf, wearing } from './http/look.ts'
import { sendToAuthUrl } from './http/own-address.ts'
import { identifyRequest } from './http/request-id.ts'
import { logRequests, patternOf } from './http/request-log.ts'
import { securityHeaders } from './http/security-headers.ts'
import { TooManyTries } from './limits.ts'
import { accountPage } from './pages/account.tsx'
import { adminPages } from './pages/admin/admin.tsx'
import { changeEmailPage } from './pages/change-email.tsx'
import { languagePage } from './pages/language.ts'
import { leadingOn } from './pages/lead-on.tsx'
import { loginPage } from './pages/login.tsx'
import { loginMailPage } from './pages/login-mail.tsx'
import { logoutPage } from './pages/logout.tsx'
import { mailboxPage } from './pages/mailbox.tsx'
import { passwordForgotPage } from './pages/password-forgot.tsx'
import { passwordResetPage } from './pages/password-reset.tsx'
import { refuse, refuseForNow } from './pages/refusals.tsx'
import { registerPage } from './pages/register.tsx'
import { verifyEmailPage } from './pages/verify-email.tsx'
import { PasswordsBusy } from './passwords.ts'
import type { Service } from './service.ts'

/** The whole service as one app: pages for people, endpoints for programs. */
export function createApp(service: Service): Hono {
  const { config, log } = service
  const app = new Hono()
  const { look, files } = lookOf(config.brand)
  const speak = languages(config)

  app.use(knowClient(service), identifyRequest(), logRequests(service))
  app.use(securityHeaders(config, service.apps))
  app.use(wearing(look))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => refuse(c, 'method_not_allowed', { allow: methods.join(', ') }),
    }),
  )
  const tooLarge = async (c: Context) => {
    await speak(c, async () => {})
    // The rest of such a body is never read, so that the connection can't serve another request.
    return refuse(c, 'too_large', { connection: 'close' })
  }
  app.use(bodyLimit({ maxSize: MAX_BODY, onError: tooLarge }))

  app.route('/', endpointsForApps(service))
  app.route('/', inspectEndpoint(service))

  // Programs read no language: what is above is asked for all the time.
  app.use(speak, leadingOn, sendToAuthUrl(service), answerOnce(service))
  app.get('/', (c) => c.redirect(HOME, 302))
  // Password managers look there (W3C, "A Well-Known URL for Changing Passwords").
  app.get('/.well-known/change-password', (c) => c.redirect('/account/password', 302))
  app.route('/', assetFiles(files))
  app.route('/', languagePage(service))
  app.route('/', loginPage(service))
  app.route('/', loginMailPage(service))
  app.route('/', registerPage(service))
  app.route('/', verifyEmailPage(service))
  app.route('/', passwordForgotPage(service))
  app.route('/', passwordResetPage(service))
  app.route('/', changeEmailPage(service))
  app.route('/', logoutPage(service))
  app.route('/', accountPage(service))
  app.route('/', adminPages(service))
  app.route('/', mailboxPage(service))

  app.notFound((c) => refuse(c, 'not_found'))
  app.onError((error, c) => {
    if (error instanceof TooManyTries) return refuseForNow(c, error)
    if (error instanceof PasswordsBusy) {
      log.warn({ event: error.code, method: c.req.method, route: patternOf(c) }, error.message)
      return refuse(c, 'unavailable')
    }
    const outage = isOutage(error)
    const what = {
      event: outage ? 'outage' : 'failure',
      method: c.req.method,
      route: patternOf(c),
      err: error,
    }
    log[outage ? 'warn' : 'error'](
      what,
      outage
        ? 'the request failed: the database, or something else that it needs, does not answer'
        : 'the request failed',
    )
    return refuse(c, outage ? 'unavailable' : 'failed')
  })
  return app
}
