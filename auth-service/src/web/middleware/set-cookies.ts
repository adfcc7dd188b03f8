import type { Context } from 'hono'

/**
 * Adds `Set-Cookie` lines to the response. Each cookie is set once: a line replaces an earlier one with the same name,
 * domain and path.
 */
export function setCookies(c: Context, lines: readonly string[]): void {
  const replaced = new Set(lines.map(identityOf))
  const kept = c.res.headers.getSetCookie().filter((line) => !replaced.has(identityOf(line)))
  c.header('Set-Cookie', undefined)
  for (const line of [...kept, ...lines]) c.header('Set-Cookie', line, { append: true })
}

/** What identifies a cookie (RFC 6265, section 5.3). */
function identityOf(line: string): string {
  const [pair = '', ...attributes] = line.split('; ')
  const places = attributes.filter((attribute) => /^(domain|path)=/i.test(attribute))
  return [pair.split('=', 1)[0], ...places.map((place) => place.toLowerCase()).sort()].join(';')
}

/** The same for cookies that are not set yet. */
export function addCookies(c: Context, lines: readonly string[]): void {
  for (const line of lines) c.header('Set-Cookie', line, { append: true })
}
