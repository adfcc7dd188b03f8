/** The cookies of a request: all values of each name, in order, since a sibling host can set others of that name. */
export type Cookies = ReadonlyMap<string, readonly string[]>

export const NO_COOKIES: Cookies = new Map()

/** Parses a raw `Cookie` header, as `readCookies` reads one name. */
export function parseCookies(header: string | undefined): Cookies {
  if (!header) return NO_COOKIES
  const cookies = new Map<string, string[]>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at === -1) continue
    const name = pair.slice(0, at).replace(/^[ \t]+/, '')
    const value = pair.slice(at + 1).trimEnd()
    const values = cookies.get(name)
    if (values) values.push(value)
    else cookies.set(name, [value])
  }
  return cookies
}
