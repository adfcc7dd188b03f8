import { hkdfSync, timingSafeEqual } from 'node:crypto'

/** An app's note for the login page about a rejected token. */
export interface RejectionNote {
  /** A reason code, as in the app's log, e.g. `expired`. */
  readonly reason: string
  /** The host of the app's `OWN_URL`. */
  readonly host: string
  /** The app's clock, in seconds. */
  readonly now: number
}

const VERSION = 1
// The name of an earlier day: apps and auth services of different versions must agree on it.
const SALT = `latchkey refusal note v${VERSION}`
/** Bytes of a seal; 128 bits. */
const SEAL = 16
/** A host has at most 253 characters; more than four tokens at once are no accident. */
const MAX_LENGTH = 640
const MAX_SEALS = 5
const REASON = /^[a-z_]{1,40}$/
const HOST = /^[a-z0-9.:[\]_-]{1,253}$/

/**
 * The note as a parameter of the login URL: base64url(JSON), and one seal for each rejected token. The key of a seal is
 * the token itself, which the auth service receives as a cookie, too. So apps need no shared secret, only a holder of
 * the token can write on the page, and the note expires with the token. The app cannot know which of several tokens the
 * auth service sees. The note does not repeat the token's content, which its reader has.
 */
export function writeRejectionNote({ reason, host, now }: RejectionNote, tokens: readonly string[]): string {
  const text = Buffer.from(JSON.stringify({ v: VERSION, reason, host, now })).toString('base64url')
  const last = [...new Set(tokens)].slice(-MAX_SEALS)
  return [text, ...last.map((token) => seal(text, token).toString('base64url'))].join('.')
}

/** Reads a note sealed with one of these tokens; anything else is `null`. */
export function readRejectionNote(note: string, tokens: readonly string[]): RejectionNote | null {
  if (note.length > MAX_LENGTH) return null
  const [text = '', ...seals] = note.split('.', MAX_SEALS + 1)
  const given = seals.map((one) => Buffer.from(one, 'base64url')).filter(({ length }) => length === SEAL)
  const isSealed = tokens.some((token) => given.some((one) => timingSafeEqual(one, seal(text, token))))
  return isSealed ? parse(Buffer.from(text, 'base64url').toString()) : null
}

/** HKDF (RFC 5869) with the text as context is a keyed hash of it, with a key extracted from the token. */
const seal = (text: string, token: string): Buffer => Buffer.from(hkdfSync('sha256', token, SALT, text, SEAL))

function parse(json: string): RejectionNote | null {
  try {
    const { v, reason, host, now } = JSON.parse(json) as Record<string, unknown>
    const fits =
      v === VERSION &&
      typeof reason === 'string' &&
      REASON.test(reason) &&
      typeof host === 'string' &&
      HOST.test(host) &&
      Number.isSafeInteger(now)
    return fits ? { reason, host, now: now as number } : null
  } catch {
    return null
  }
}
