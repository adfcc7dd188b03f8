import { toBase64Url } from '#node-or-web/contract/bytes'
import { hkdf } from '#node-or-web/contract/hashing'

/** An app's note for the login page about a rejected token. */
export interface RejectionNote {
  /** A reason code, as in the app's log, e.g. `expired`. */
  readonly reason: string
  /** The host of the app's `OWN_URL`. */
  readonly host: string
  /** The app's clock, in seconds. */
  readonly now: number
}

export const NOTE_VERSION = 1
// The name of an earlier day: apps and auth services of different versions must agree on it.
export const NOTE_SALT = `latchkey refusal note v${NOTE_VERSION}`
/** Bytes of a seal; 128 bits. */
export const SEAL_LENGTH = 16
/** More than four tokens at once are no accident. */
export const MAX_SEALS = 5

/**
 * The note as a parameter of the login URL: base64url(JSON), and one seal for each rejected token. The key of a seal is
 * the token itself, which the auth service receives as a cookie, too. So apps need no shared secret, only a holder of
 * the token can write on the page, and the note expires with the token. The app cannot know which of several tokens the
 * auth service sees. The note does not repeat the token's content, which its reader has.
 */
export async function writeRejectionNote(
  { reason, host, now }: RejectionNote,
  tokens: readonly string[],
): Promise<string> {
  const json = JSON.stringify({ v: NOTE_VERSION, reason, host, now })
  const text = toBase64Url(new TextEncoder().encode(json))
  const last = [...new Set(tokens)].slice(-MAX_SEALS)
  // HKDF (RFC 5869) with the text as context is a keyed hash of it, with a key extracted from the token.
  const seals = await Promise.all(last.map((token) => hkdf(token, NOTE_SALT, text, SEAL_LENGTH)))
  return [text, ...seals.map(toBase64Url)].join('.')
}
