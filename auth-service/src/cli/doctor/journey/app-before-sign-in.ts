import { safeNext } from '@latchkey/jwt-middleware/contract'
import { OIDC_ROUTES } from '../../../oidc/oidc-routes.ts'
import { NAVIGATION } from '../browser-headers.ts'
import { type Finding, findingsOf, type Target } from '../finding.ts'
import { probe, type Reply } from '../http-probe.ts'

/** The maximum of an app's own redirects before the login page. */
const HOPS = 5

export interface AnonymousVisit {
  readonly findings: readonly Finding[]
  /** Whether the journey can continue. */
  readonly goesOn: boolean
  /** The page that required a login; if none did, the page that was open. */
  readonly page: URL
  /** Whether anonymous visitors see the page. */
  readonly isOpen: boolean
  /** Where it sends them, if that begins a sign-in by OpenID Connect. */
  readonly authorization?: URL
}

/** Visits an app anonymously: it must redirect to our login page, and back to itself. */
export async function visitAnonymously({ config }: Target, app: URL): Promise<AnonymousVisit> {
  const { ok, warn, fail } = findingsOf(app.origin)
  const stop = (finding: Finding): AnonymousVisit => ({
    findings: [finding],
    goesOn: false,
    page: app,
    isOpen: false,
  })
  let page = app
  let reply: Reply | null = null
  for (let hops = 0; hops < HOPS; hops++) {
    const answer = await probe(page, { headers: NAVIGATION })
    if (!answer.ok) {
      return stop(
        fail(
          `Can't reach ${page}: ${answer.reason.reason}.`,
          'Start the app, and check its address and proxy.',
        ),
      )
    }
    reply = answer.value
    const target = targetOf(reply, page)
    if (target?.origin !== app.origin || target.origin === config.authUrl) break
    page = target
  }
  const target = reply && targetOf(reply, page)
  if (reply === null || !target) {
    const status = reply?.status ?? 0
    if (status === 200) {
      const finding = warn(
        `${page} is public, so the doctor can't check the redirect to the login page.`,
        'Pass the address of a page that requires sign-in.',
      )
      return { findings: [finding], goesOn: true, page, isOpen: true }
    }
    return stop(
      fail(
        `${page} answers ${status} to an anonymous page request instead of redirecting to the login page.`,
        status >= 500 ? 'Check the log of the app.' : 'Pass the address of a page that requires sign-in.',
      ),
    )
  }
  if (target.origin + target.pathname === config.authUrl + OIDC_ROUTES.authorization) {
    return { findings: [], goesOn: true, page: app, isOpen: false, authorization: target }
  }
  const login = `${config.authUrl}/login`
  if (target.origin + target.pathname !== login) {
    return stop(
      fail(
        `${page} redirects anonymous users to ${target.origin}${target.pathname}, but the login page is ${login}.`,
        `Set LOGIN_URL=${login} in the settings of the app.`,
      ),
    )
  }
  return judgeNext(target.searchParams.get('next'))

  function judgeNext(next: string | null): AnonymousVisit {
    const back = next !== null && URL.canParse(next) ? new URL(next) : null
    if (back?.origin !== app.origin) {
      return stop(
        fail(
          `The return address of ${page} is ${back ? back.origin : 'missing'}, which is not its own address.`,
          `Set OWN_URL=${app.origin} in the settings of the app.`,
        ),
      )
    }
    if (safeNext(next, { cookieDomain: config.cookieDomain, httpsOnly: config.https }) === null) {
      return stop(
        fail(
          `The auth service will not send users back to ${back.origin}: it is not under ${config.cookieDomain}` +
            `${config.https ? ', or not https' : ''}.`,
          'Move the app under COOKIE_DOMAIN, or set COOKIE_DOMAIN of the auth service to a domain that covers both.',
        ),
      )
    }
    const finding = ok(
      `${page.pathname} redirects anonymous users to the login page with the right return address.`,
    )
    return { findings: [finding], goesOn: true, page: back, isOpen: false }
  }
}

/** Whether the app leads anonymous visitors to the authorization endpoint; `false` if it does not answer. */
export async function signsInByOidc(target: Target, app: URL): Promise<boolean> {
  return (await visitAnonymously(target, app)).authorization !== undefined
}

/** The target of a redirect. */
export function targetOf({ status, headers }: Reply, from: URL): URL | null {
  const { location } = headers
  if (status < 300 || status > 399 || !location || !URL.canParse(location, from.href)) return null
  return new URL(location, from)
}
