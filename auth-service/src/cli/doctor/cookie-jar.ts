import { Cookie, CookieJar, domainMatch } from 'tough-cookie'

/** A browser's cookies (RFC 6265bis, section 5.7). */
export interface Jar {
  /** Stores the cookies of a response; returns sentences about rejected ones. */
  keep(from: URL, lines: readonly string[]): string[]
  /** The cookies that a request to this URL carries. */
  sentTo(url: URL): readonly Cookie[]
  /** The same as a header; `only` selects names. */
  header(url: URL, only?: readonly string[]): string
}

export function createJar(): Jar {
  // COOKIE_DOMAIN is no public suffix: the settings refuse those. Over http, no Secure cookie is worth testing.
  const jar = new CookieJar(undefined, {
    rejectPublicSuffixes: false,
    allowSecureOnLocal: false,
    prefixSecurity: 'strict',
  })
  const sentTo = (url: URL) => jar.getCookiesSync(url)

  return {
    keep: (from, lines) =>
      lines.flatMap((line) => {
        try {
          jar.setCookieSync(line, from)
          return []
        } catch (error) {
          return whyRejected(from, line, error as Error)
        }
      }),
    sentTo,
    header: (url, only) =>
      sentTo(url)
        .filter(({ key }) => !only || only.includes(key))
        .map((cookie) => cookie.cookieString())
        .join('; '),
  }
}

function whyRejected(from: URL, line: string, { message }: Error): string {
  const cookie = Cookie.parse(line)
  const what = `Browsers reject the cookie ${line.split('=', 1)[0]}`
  if (cookie?.domain && !domainMatch(from.hostname, cookie.domain)) {
    return `${what} for ${cookie.domain} from ${from.hostname}, which is not under that domain.`
  }
  if (cookie?.secure && from.protocol !== 'https:') return `${what}, which is Secure, over http.`
  return `${what} of ${from.hostname}: ${message}.`
}
