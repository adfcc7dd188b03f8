import { hkdfSync, timingSafeEqual } from 'node:crypto'
import { MAX_SEALS, NOTE_SALT, NOTE_VERSION, type RejectionNote, SEAL_LENGTH } from './rejection-note.ts'

/** A host has at most 253 characters. */
const MAX_LENGTH = 640
const REASON = /^[a-z_]{1,40}$/
const HOST = /^[a-z0-9.:[\]_-]{1,253}$/

/** Reads a note sealed with one of these tokens, at the auth service; anything else is `null`. */
export function readRejectionNote(note: string, tokens: readonly string[]): RejectionNote | null {
  if (note.length > MAX_LENGTH) return null
  const [text = '', ...seals] = note.split('.', MAX_SEALS + 1)
  const given = seals
    .map((one) => Buffer.from(one, 'base64url'))
    .filter(({ length }) => length === SEAL_LENGTH)
  const isSealed = tokens.some((token) => given.some((one) => timingSafeEqual(one, seal(text, token))))
  return isSealed ? parse(Buffer.from(text, 'base64url').toString()) : null
}

const seal = (text: string, token: string): Buffer =>
  Buffer.from(hkdfSync('sha256', token, NOTE_SALT, text, SEAL_LENGTH))

function parse(json: string): RejectionNote | null {
  try {
    const { v, reason, host, now } = JSON.parse(json) as Record<string, unknown>
    const fits =
      v === NOTE_VERSION &&
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
