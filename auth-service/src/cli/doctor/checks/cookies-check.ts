import { isIP } from 'node:net'
import { isLocalName, isWithinDomain } from '@latchkey/jwt-middleware/contract'
import { getPublicSuffix } from 'tldts'
import { shellWord } from '../../../platform/validation/shell-word.ts'
import { type Check, findingsOf, type Target } from '../finding.ts'

const { ok, warn, fail } = findingsOf('cookies')

/**
 * Whether browsers send the family's cookies to the apps, judged by their domain and `Secure`. An app on another domain
 * needs none of them if it signs its users in by OpenID Connect, which `usesOidc` tells.
 */
export const checkCookies =
  (usesOidc: (target: Target, app: URL) => Promise<boolean>): Check =>
  async (target) => {
    const { config } = target
    const { authUrl, cookieDomain, https } = config
    const isForeign = await Promise.all(
      target.apps.map(
        async (app) => !isWithinDomain(app.hostname, cookieDomain) && (await usesOidc(target, app)),
      ),
    )
    const apps = target.apps.filter((_, index) => !isForeign[index])
    const findings = apps.flatMap((app) => {
      const { hostname, origin, protocol } = app
      if (!isWithinDomain(hostname, cookieDomain)) {
        return fail(
          `${origin} is not at or under COOKIE_DOMAIN=${cookieDomain}: browsers never send our cookies there.`,
          coveringRemedy(app, new URL(authUrl).hostname, cookieDomain),
        )
      }
      if (https && protocol !== 'https:') {
        return fail(
          `${origin} is http, but AUTH_URL is https: the cookies are Secure, so browsers never send them there.`,
          `Serve the app over https, and set its OWN_URL to https://${app.host}`,
        )
      }
      return !https && protocol === 'https:'
        ? warn(
            `${origin} is https, but AUTH_URL is http: the cookies are not Secure, and passwords are sent unencrypted.`,
            'Serve the auth service over https as well, and set AUTH_URL to that address.',
          )
        : []
    })
    if (!https && !isLocalName(new URL(authUrl).hostname)) {
      findings.push(
        warn(
          `${authUrl} is http: passwords and cookies are sent unencrypted.`,
          'Put a TLS proxy in front, and set AUTH_URL to its https address.',
        ),
      )
    }
    const others = apps.length < target.apps.length ? ' except those with OpenID Connect' : ''
    const fitting = apps.length === 0 ? '' : `, and cover all apps${others}`
    const secure = https ? 'Secure' : 'not Secure because AUTH_URL is http'
    return findings.length > 0 ? findings : [ok(`Cookies are for ${cookieDomain}, ${secure}${fitting}.`)]
  }

/** How browsers could send one cookie to both hosts, if at all. */
function coveringRemedy({ hostname: app, port }: URL, auth: string, cookieDomain: string): string {
  const common = commonDomain(app, auth)
  if (common) {
    return `Set COOKIE_DOMAIN=${common} at the auth service, which covers both ${app} and ${auth}, or move the app to a name under ${cookieDomain}.`
  }
  const none = `No COOKIE_DOMAIN covers both ${app} and ${auth}: `
  const local = `http://app.demo.localhost${port && `:${port}`}`
  return isLocalName(app) || isAddress(app)
    ? `${none}give the app a name under ${cookieDomain}, e.g. app.${cookieDomain} for 127.0.0.1 in /etc/hosts. To develop ` +
        `on one machine alone, open the app at ${local}: it leads to the same program. Then start an auth service for ` +
        `it, and set the app's LOGIN_URL and OWN_URL to what it prints: npx latchkey dev --app ${shellWord(local)}`
    : `${none}move the app to a name under ${cookieDomain}, or the auth service to one under the domain of the app.`
}

const isAddress = (host: string): boolean => isIP(host.replace(/^\[|\]$/g, '')) !== 0

/** The longest domain that contains both hosts and that browsers accept for cookies; `null` if there is none. */
function commonDomain(a: string, b: string): string | null {
  if (isAddress(a) || isAddress(b)) return null
  const labels = a.split('.')
  const domain = labels.map((_, i) => labels.slice(i).join('.')).find((text) => isWithinDomain(b, text))
  const isUsable = domain !== undefined && getPublicSuffix(domain, { allowPrivateDomains: true }) !== domain
  return isUsable ? domain : null
}
