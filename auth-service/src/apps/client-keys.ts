import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { type Message, message } from '../platform/i18n/message.ts'
import { MAX_URI } from './redirect-uri.ts'

/** Longest JWK Set in characters. */
const MAX_KEYS = 16_384

const ENTER_KEYS = message(
  'Enter the public keys of the app: the https address of its JWK Set, or the set itself as JSON.',
)
const PRIVATE = message('These keys are not public. Enter only the public halves, without “d” and “k”.')

/** Members of private and of symmetric keys (RFC 7518, section 6). */
const SECRET = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Validates the public keys of an app: the address of its JWK Set (RFC 7517), or the set, as JSON or as text. */
export function readClientKeys(given: unknown): Result<string, Message> {
  const text = typeof given === 'string' ? given.trim() : JSON.stringify(given ?? '')
  if (text.length > MAX_KEYS) return failure(ENTER_KEYS)
  if (/^https:\/\//i.test(text)) {
    const url = /^[!-[\]-~]+$/.test(text) && text.length <= MAX_URI ? URL.parse(text) : null
    return url && url.username === '' && url.password === '' ? success(text) : failure(ENTER_KEYS)
  }
  const keys = keysIn(text)
  if (keys === null || keys.length === 0) return failure(ENTER_KEYS)
  if (keys.some((key) => SECRET.some((member) => Object.hasOwn(key, member)))) return failure(PRIVATE)
  return success(JSON.stringify({ keys }))
}

/** The asymmetric keys of a JWK Set in JSON; `null` for anything else. */
function keysIn(text: string): object[] | null {
  try {
    const { keys } = JSON.parse(text) ?? {}
    const isSet = Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null)
    return isSet && keys.every(({ kty }) => ['EC', 'RSA', 'OKP', 'oct'].includes(kty)) ? keys : null
  } catch {
    return null
  }
}
