import { isWithinDomain } from '@latchkey/jwt-middleware/contract'

/** A cookie as a browser stores it. */
export interface KeptCookie {
  readonly name: string
  readonly value: string
  /** Without a `Domain`: sent only to the exact host that set it. */
  readonly domain: string
  readonly hostOnly: boolean
  readonly secure: boolean
}

/** A browser's cookies, as far as those of a family need it (RFC 6265bis, section 5.7). */
export interface Jar {
  /** Stores the cookies of a response; returns sentences about rejected ones. */
  keep(from: URL, lines: readonly string[]): string[]
  /** The cookies that a request to this URL carries. */
  sentTo(url: URL): readonly KeptCookie[]
  /** The same as a header; `only` selects names. */
  header(url: URL, only?: readonly string[]): string
  all(): readonly KeptCookie[]
}

export function createJar(): Jar {
  const kept = new Map<string, KeptCookie>()

  function read(from: URL, line: string): { cookie: KeptCookie; isOver: boolean } {
    const [pair = '', ...parts] = line.split(';').map((part) => part.trim())
    const attributes = new Map(
      parts.map((part) => {
        const [name = '', value = ''] = part.split(/=(.*)/s)
        return [name.toLowerCase(), value] as const
      }),
    )
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
    return {
      cookie: {
        name,
        value,
        domain: domain || from.hostname,
        hostOnly: !domain,
        secure: attributes.has('secure'),
      },
      isOver: Number(attributes.get('max-age') ?? 1) <= 0,
    }
  }

  const sentTo = (url: URL) =>
    [...kept.values()].filter(
      ({ domain, hostOnly, secure }) =>
        (hostOnly ? url.hostname === domain : isWithinDomain(url.hostname, domain)) &&
        (!secure || url.protocol === 'https:'),
    )

  return {
    keep(from, lines) {
      return lines.flatMap((line) => {
        const { cookie, isOver } = read(from, line)
        const { name, domain, secure } = cookie
        if (!isWithinDomain(from.hostname, domain)) {
          return `Browsers don't take the cookie ${name} for ${domain} from ${from.hostname}, which is not below that.`
        }
        if (secure && from.protocol !== 'https:') {
          return `Browsers don't take the cookie ${name}, which is Secure, over http.`
        }
        const key = `${name} ${domain}`
        if (isOver) kept.delete(key)
        else kept.set(key, cookie)
        return []
      })
    },
    sentTo,
    header: (url, only) =>
      sentTo(url)
        .filter(({ name }) => !only || only.includes(name))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    all: () => [...kept.values()],
  }
}
