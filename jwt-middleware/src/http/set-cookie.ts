/** A cookie to set, in the form in which most frameworks take it. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly path: string
  /** The domain that it is shared with; without it, the cookie stays with the host that set it. */
  readonly domain?: string
  /** Lifetime in seconds; 0 deletes the cookie. */
  readonly maxAge?: number
  readonly httpOnly: boolean
  readonly secure: boolean
  readonly sameSite: 'lax' | 'strict' | 'none'
}

/** Reads a `Set-Cookie` value of the auth service (RFC 6265, section 5.2). */
export function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
  const attributes = new Map(rest.map((part) => [nameOf(part).toLowerCase(), textOf(part)]))
  const domain = attributes.get('domain')
  const maxAge = Number(attributes.get('max-age') || Number.NaN)
  const sameSite = attributes.get('samesite')?.toLowerCase()
  return {
    name: nameOf(pair),
    value: textOf(pair),
    path: attributes.get('path') ?? '/',
    ...(domain && { domain }),
    ...(Number.isInteger(maxAge) && { maxAge }),
    httpOnly: attributes.has('httponly'),
    secure: attributes.has('secure'),
    sameSite: sameSite === 'strict' || sameSite === 'none' ? sameSite : 'lax',
  }
}

const nameOf = (part: string): string => part.split('=', 1)[0] as string
const textOf = (part: string): string => part.slice(nameOf(part).length + 1)
