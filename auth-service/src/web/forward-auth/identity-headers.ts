import type { AuthenticatedUser } from '@latchkey/jwt-middleware'

/**
 * The headers that tell the upstream of its user, all of them always: an empty one replaces what a client sent, where a
 * missing one might not. Names and groups are percent-encoded where they are not plain ASCII, since headers have no
 * encoding of their own; `decodeURIComponent` reads them.
 */
export function identityHeaders(user: AuthenticatedUser | null, token: string | null): [string, string][] {
  const { uuid = '', email = '', firstName = '', lastName = '', groups = [] } = user ?? {}
  return [
    ['X-Latchkey-User', uuid],
    ['X-Latchkey-Email', encoded(email)],
    ['X-Latchkey-Name', encoded(`${firstName} ${lastName}`.trim())],
    ['X-Latchkey-Groups', groups.map(encoded).join(',')],
    ['X-Latchkey-Token', token ?? ''],
  ]
}

/** Commas separate groups, and a percent sign begins an encoded byte. */
const encoded = (text: string): string =>
  text.toWellFormed().replaceAll(/[^ -~]|[%,]/gu, (letter) => encodeURIComponent(letter))

/** Numbered, since most proxies can't pass on two headers of one name. */
export const numberedCookies = (setCookies: readonly string[]): [string, string][] =>
  setCookies.map((line, at) => [`X-Latchkey-Set-Cookie-${at + 1}`, line])
