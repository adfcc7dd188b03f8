import { readFileSync } from 'node:fs'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { readClientKeys } from '../apps/client-keys.ts'

const REMEDY =
  'Pass the https address of the JWK Set of the app, or a file with its public keys: {"keys": [{"kty": …}]}.'

/**
 * What `--keys` stands for: an address and JSON as they are, and a file's content. Nothing of a file is in the failure,
 * which may have private keys.
 */
export function readKeysOption(given: string): Result<string, string> {
  if (given === '' || /^https?:/i.test(given) || given.trimStart().startsWith('{')) return success(given)
  const file = contentOf(given)
  if (!file.ok) return file
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(file.value)) return failure(privateKeys(given))
  if (/-----BEGIN /.test(file.value)) return failure(`${given} is in PEM format, not JSON. ${REMEDY}`)
  const json = parse(file.value)
  if (!json.ok) return failure(`${given} is not JSON. ${REMEDY}`)
  const set = typeof json.value?.kty === 'string' ? { keys: [json.value] } : json.value
  const keys = readClientKeys(set)
  if (keys.ok) return keys
  if (!Array.isArray(set?.keys) || set.keys.length === 0) return failure(`${given} has no JWK Set. ${REMEDY}`)
  return failure(
    hasSecrets(set.keys)
      ? privateKeys(given)
      : `${given} has a key that can’t be used. ${String(keys.reason)}`,
  )
}

const privateKeys = (file: string): string =>
  `${file} contains private keys, which only the app itself may have. Nothing of it was stored. Pass a file with the ` +
  'public halves alone, without “d” and “k”; replace these keys, if others could read the file.'

const hasSecrets = (keys: readonly unknown[]): boolean =>
  keys.some((key) => typeof key === 'object' && key !== null && ('d' in key || 'k' in key))

function contentOf(path: string): Result<string, string> {
  try {
    return success(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return failure(
      code === 'ENOENT'
        ? `There is no file ${path}. ${REMEDY}`
        : `${path} can’t be read (${code}). ${REMEDY}`,
    )
  }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the file has
function parse(text: string): Result<any, null> {
  try {
    return success(JSON.parse(text))
  } catch {
    return failure(null)
  }
}
