import { isWithinDomain } from '@latchkey/jwt-middleware'
import { isLocalName } from '../../mail-settings.ts'
import { type Check, findingsOf } from './finding.ts'

const { ok, warn, fail } = findingsOf('cookies')

/** Whether browsers will send the family's cookies to the apps at all: by their domain, and by `Secure`. */
export const checkCookies: Check = async ({ config, apps }) => {
  const { authUrl, cookieDomain, https } = config
  const findings = apps.flatMap((app) => {
    const { hostname, origin, protocol } = app
    if (!isWithinDomain(hostname, cookieDomain)) {
      return fail(
        `${origin} is not at or below COOKIE_DOMAIN=${cookieDomain}: browsers never send our cookies there.`,
        `Set COOKIE_DOMAIN at the auth service to a domain that both ${hostname} and ${new URL(authUrl).hostname} are below, ` +
          'or move the app to a name below the present one.',
      )
    }
    if (https && protocol !== 'https:') {
      return fail(
        `${origin} is http while AUTH_URL is https: the cookies are Secure, so that browsers never send them there.`,
        `Serve the app over https, and set its OWN_URL to https://${app.host}`,
      )
    }
    return !https && protocol === 'https:'
      ? warn(
          `${origin} is https while AUTH_URL is http: the cookies are not Secure, and passwords travel in the clear.`,
          'Serve the auth service over https, too, and set AUTH_URL to that address.',
        )
      : []
  })
  if (!https && !isLocalName(new URL(authUrl).hostname)) {
    findings.push(
      warn(
        `${authUrl} is http: passwords and cookies travel in the clear.`,
        'Put a proxy that speaks TLS in front, and set AUTH_URL to its https address.',
      ),
    )
  }
  const fitting = apps.length === 0 ? '' : ', and all apps are within reach of them'
  const secure = https ? 'Secure' : 'not Secure, as AUTH_URL is http'
  return findings.length > 0 ? findings : [ok(`Cookies are for ${cookieDomain}, ${secure}${fitting}.`)]
}
