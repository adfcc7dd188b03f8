import { failure, isLocalName, isWithinDomain, type Result, success } from '@latchkey/jwt-middleware/contract'
import { isLoopback } from '../../platform/config/mail-config.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'

/** The same port at another name. */
const at = (hostname: string, { port }: URL): string => `http://${hostname}${port && `:${port}`}`

const EXAMPLE = 'http://app1.team.localhost:3000'

/** Where the auth service is, if no app tells. */
export const DEFAULT_DOMAIN = 'team.localhost'

/**
 * Reads the address of an app on this machine. `sharesCookies`: it is of the family, so that `localhost` itself is no
 * address for it.
 */
export function readDevApp(text: string, sharesCookies = true): Result<URL, string> {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) {
    return failure(
      `"${text}" is not the address of an app. Write it with http:// and its port, such as ${EXAMPLE}`,
    )
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isLoopback(host) && sharesCookies) {
    const instead = at('app.team.localhost', url)
    return failure(
      `Browsers share no cookies between ${host} and other hosts. Open the app as ${instead} instead: it leads to the ` +
        `same program, and nothing changes in the app. Then run: npx latchkey dev --app ${shellWord(instead)}`,
    )
  }
  if (!isLocalName(host) && !isLoopback(host)) {
    return failure(
      `${host} is not on this machine. This command is for development, at addresses such as ${EXAMPLE}; ` +
        'on a server, run latchkey-auth.',
    )
  }
  if (url.protocol === 'https:') {
    return failure(
      `${url.origin} is https, but this auth service is http, and browsers keep their cookies apart. Serve the app over ` +
        'http: on *.localhost browsers treat it like https.',
    )
  }
  return success(url)
}

/**
 * The domain that all apps share, or the reason why they share none. Browsers accept no cookies for `localhost` itself,
 * which counts as a public suffix.
 */
export function cookieDomainFor(apps: readonly URL[]): Result<string, string> {
  const hosts = apps.map(({ hostname }) => hostname.split('.').reverse())
  const [first = []] = hosts
  const common = first.filter((_, at) =>
    hosts.every((host) => first.slice(0, at + 1).every((label, i) => host[i] === label)),
  )
  // A single app leaves room for others beside it.
  const isHost = hosts.some((host) => host.length === common.length)
  const labels = isHost && common.length > 2 ? common.slice(0, -1) : common
  if (labels.length >= 2) return success(labels.toReversed().join('.'))
  const moved = apps.map((app) => at(app.hostname.replace(/localhost$/, 'team.localhost'), app))
  return failure(
    `${apps.map(({ hostname }) => hostname).join(' and ')} have only localhost in common, and browsers accept no cookies ` +
      `for that. Open them under a common name, for example ${moved.join(' and ')}`,
  )
}

/** Why this app does not fit beside the auth service; `null` if it does. */
function collision(app: URL, cookieDomain: string, authUrl: string): string | null {
  const auth = new URL(authUrl)
  if (app.hostname === auth.hostname) {
    return `${app.hostname} is the name of the auth service itself. Choose another name for the app, such as app1.${cookieDomain}.`
  }
  if (app.port === auth.port) {
    return `Port ${app.port} is the app's own. Choose another one for the auth service, for example --port ${Number(app.port) + 1000}`
  }
  return null
}

/** Why an app by OpenID Connect does not fit the auth service; `null` if it does. */
export function misfitOfOidc(app: URL, cookieDomain: string, authUrl: string): string | null {
  const collides = collision(app, cookieDomain, authUrl)
  if (collides !== null || !isWithinDomain(app.hostname, cookieDomain)) return collides
  return `${app.hostname} is under ${cookieDomain}, where the app sees the cookies of the family. Run: npx latchkey dev --app ${shellWord(app.origin)}`
}

/** Why an app of the family does not fit the auth service; `null` if it does. */
export function misfit(app: URL, cookieDomain: string, authUrl: string): string | null {
  const collides = collision(app, cookieDomain, authUrl)
  if (collides !== null || isWithinDomain(app.hostname, cookieDomain)) return collides
  const moved = at(`${app.hostname.split('.')[0]}.${cookieDomain}`, app)
  return (
    `The auth service in this folder is for ${cookieDomain}, and ${app.hostname} is not under it. Open the app as ${moved}, ` +
    'or delete the folder .latchkey to start again. An app that stays on another domain signs its users in by OpenID ' +
    `Connect: npx latchkey dev --oidc-app ${shellWord(app.origin)}`
  )
}
