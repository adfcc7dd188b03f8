import { type Context, Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { PasswordsBusy } from '../accounts/passwords/passwords.ts'
import { RateLimited } from '../accounts/rate-limits.ts'
import type { Service } from '../service.ts'
import { refuse, refuseForNow } from './components/error-page.tsx'
import { apiTokensEndpoint } from './endpoints/api-tokens-endpoint.ts'
import { endpointsForApps } from './endpoints/app-endpoints.ts'
import { forwardAuthEndpoint } from './endpoints/forward-auth.ts'
import { inspectEndpoint } from './endpoints/inspect.ts'
import { oidcEndpoints } from './endpoints/oidc-endpoints.tsx'
import { samlEndpoints } from './endpoints/saml-endpoints.tsx'
import { answerOnce } from './forms/answer-once.ts'
import { limitBody } from './forms/body.ts'
import { assetFiles } from './middleware/assets.ts'
import { redirectToAuthUrl } from './middleware/canonical-origin.ts'
import { logFailure } from './middleware/failure-log.ts'
import { addLanguage, providePages } from './middleware/page-context.ts'
import { identifyClient } from './middleware/request-client.ts'
import { identifyRequest, logRequests, patternOf } from './middleware/request-log.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { themeOf } from './middleware/theme.ts'
import { accountPage } from './pages/account/account-page.tsx'
import { adminRoutes } from './pages/admin/routes.tsx'
import { changeEmailPage } from './pages/change-email-page.tsx'
import { devInboxPage } from './pages/dev-inbox-page.tsx'
import { devicePage } from './pages/device-page.tsx'
import { forgotPasswordPage } from './pages/forgot-password-page.tsx'
import { languagePage } from './pages/language-page.ts'
import { loginPage } from './pages/login-page.tsx'
import { logoutPage } from './pages/logout-page.tsx'
import { magicLinkPage } from './pages/magic-link-page.tsx'
import { interactionPage } from './pages/oidc/interaction-page.tsx'
import { registerPage } from './pages/register-page.tsx'
import { resetPasswordPage } from './pages/reset-password-page.tsx'
import { samlSignInPage } from './pages/saml/saml-sign-in-page.tsx'
import { verifyEmailPage } from './pages/verify-email-page.tsx'
import { HOME } from './sign-in/complete.ts'
import { createWeb } from './web.ts'

/** The whole service as one app: pages for users, endpoints for programs. */
export function createApp(service: Service): Hono {
  const { config, log } = service
  const web = createWeb(service)
  const app = new Hono()
  const { look, files } = themeOf(config.brand)
  const withLanguage = addLanguage(config)
  const pages = { look, forms: web.forms, authUrl: config.authUrl }

  app.use(identifyClient(service), identifyRequest(), logRequests(service))
  app.use(securityHeaders(config, service.apps, service.oidc, service.saml))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => refuse(c, 'method_not_allowed', { allow: methods.join(', ') }),
    }),
  )
  const tooLarge = async (c: Context) => {
    c.set('pages', pages)
    await withLanguage(c, async () => {})
    // The rest of such a body is never read, so the connection can't serve another request.
    return refuse(c, 'too_large', { connection: 'close' })
  }
  app.use(limitBody(tooLarge))

  app.route('/', endpointsForApps(service))
  app.route('/', inspectEndpoint(service))
  app.route('/', forwardAuthEndpoint(service, withLanguage))

  // Programs need neither a theme nor a language, and the endpoints above are called all the time.
  app.use(withLanguage, providePages(pages, redirectToAuthUrl(service)))
  app.route('/', oidcEndpoints(web))
  app.route('/', samlEndpoints(web))
  app.use(answerOnce(service, web.forms))
  app.get('/', (c) => c.redirect(HOME, 302))
  // Password managers look there (W3C, "A Well-Known URL for Changing Passwords").
  app.get('/.well-known/change-password', (c) => c.redirect('/account/password', 302))
  app.route('/', assetFiles(files))
  app.route('/', languagePage(web))
  app.route('/', loginPage(web))
  app.route('/', magicLinkPage(web))
  app.route('/', registerPage(web))
  app.route('/', verifyEmailPage(web))
  app.route('/', forgotPasswordPage(web))
  app.route('/', resetPasswordPage(web))
  app.route('/', changeEmailPage(web))
  app.route('/', logoutPage(web))
  app.route('/', accountPage(web))
  app.route('/', adminRoutes(web))
  app.route('/', devicePage(web))
  app.route('/', interactionPage(web))
  app.route('/', samlSignInPage(web))
  app.route('/', apiTokensEndpoint(web))
  app.route('/', devInboxPage(service))

  app.notFound((c) => refuse(c, 'not_found'))
  app.onError(async (error, c: Context) => {
    c.set('pages', pages)
    if (error instanceof RateLimited) return refuseForNow(c, error)
    if (error instanceof PasswordsBusy) {
      log.warn({ event: 'passwords_busy', method: c.req.method, route: patternOf(c) }, error.message)
      return refuse(c, 'unavailable')
    }
    const outage = logFailure(log, c, error)
    return refuse(c, outage ? 'unavailable' : 'failed')
  })
  return app
}
