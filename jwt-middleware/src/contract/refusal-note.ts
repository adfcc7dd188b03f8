import { hkdfSync, timingSafeEqual } from 'node:crypto'

/** What an app tells the login page of a token that it refused. */
export interface RefusalNote {
  /** A code word, as in the app's log, e.g. `expired`. */
  readonly reason: string
  /** The host of the app's `OWN_URL`. */
  readonly host: string
  /** The app's clock, in seconds. */
  readonly now: number
}

const VERSION = 1
const SALT = `latchkey refusal note v${VERSION}`
/** Bytes of a seal; 128 bits. */
const SEAL = 16
/** A host has at most 253 characters; more than four tokens at once are nobody's accident. */
const MAX_LENGTH = 640
const MAX_SEALS = 5
const REASON = /^[a-z_]{1,40}$/
const HOST = /^[a-z0-9.:[\]_-]{1,253}$/

/**
 * The note as it travels in the login page's address: base64url(JSON), and one seal for each refused token. The key of a
 * seal is the token itself, which the auth service gets as a cookie, too: so it shares no secret with apps, who does
 * not hold the token can't put words on its page, and the note ends with the token. Of several tokens the app can't
 * know which of them the auth service sees. What the token says is not repeated: who can check the note has it.
 */
export function writeRefusalNote({ reason, host, now }: RefusalNote, tokens: readonly string[]): string {
  const text = Buffer.from(JSON.stringify({ v: VERSION, reason, host, now })).toString('base64url')
  const last = [...new Set(tokens)].slice(-MAX_SEALS)
  return [text, ...last.map((token) => seal(text, token).toString('base64url'))].join('.')
}

/** Reads a note that one of these tokens seals; anything else is `null`. */
export function readRefusalNote(note: string, tokens: readonly string[]): RefusalNote | null {
  if (note.length > MAX_LENGTH) return null
  const [text = '', ...seals] = note.split('.', MAX_SEALS + 1)
  const given = seals.map((one) => Buffer.from(one, 'base64url')).filter(({ length }) => length === SEAL)
  const isSealed = tokens.some((token) => given.some((one) => timingSafeEqual(one, seal(text, token))))
  return isSealed ? parse(Buffer.from(text, 'base64url').toString()) : null
}

/** HKDF (RFC 5869) with the text as context is a keyed hash of it, by a key that was extracted from the token. */
const seal = (text: string, token: string): Buffer => Buffer.from(hkdfSync('sha256', token, SALT, text, SEAL))

function parse(json: string): RefusalNote | null {
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
