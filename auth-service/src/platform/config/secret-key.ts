import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

const SHORTEST_SECRET = 32

/** Reads SECRET_KEY. Problems do not quote it. */
export function readSecretKey(value: string | undefined): Result<string, string> {
  const remedy = 'Make one with: openssl rand -base64 48'
  if (!value) return failure(`SECRET_KEY is not set. ${remedy}`)
  if (value.includes(',') || value.trim() !== value) {
    return failure(
      `SECRET_KEY has a comma, or white space around it, so that SECRET_KEY_FALLBACKS could not name it one day. ${remedy}`,
    )
  }
  return value.length >= SHORTEST_SECRET
    ? success(value)
    : failure(`SECRET_KEY has ${value.length} characters and needs at least ${SHORTEST_SECRET}. ${remedy}`)
}

/** Reads SECRET_KEY_FALLBACKS. Problems do not quote it. */
export function readSecretKeyFallbacks(value: string | undefined): Result<readonly string[], string> {
  const secrets = value ? value.split(',').map((secret) => secret.trim()) : []
  const short = secrets.findIndex((secret) => secret.length < SHORTEST_SECRET)
  return short === -1
    ? success(secrets)
    : failure(
        `SECRET_KEY_FALLBACKS holds ${secrets[short]?.length} characters as number ${short + 1}, and none shorter than ` +
          `${SHORTEST_SECRET} was ever a SECRET_KEY. Give earlier ones, whole and separated by commas, or leave it out`,
      )
}
