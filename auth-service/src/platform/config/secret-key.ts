import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

const SHORTEST_SECRET = 32

/** Reads SECRET_KEY. Problems do not quote it. */
export function readSecretKey(value: string | undefined): Result<string, string> {
  const remedy = 'Create one with: openssl rand -base64 48'
  if (!value) return failure(`SECRET_KEY is not set. ${remedy}`)
  if (value.includes(',') || value.trim() !== value) {
    return failure(
      `SECRET_KEY contains a comma, or has white space around it, so SECRET_KEY_FALLBACKS could not list it later. ${remedy}`,
    )
  }
  return value.length >= SHORTEST_SECRET
    ? success(value)
    : failure(`SECRET_KEY has ${value.length} characters but needs at least ${SHORTEST_SECRET}. ${remedy}`)
}

/** Reads SECRET_KEY_FALLBACKS. Problems do not quote it. */
export function readSecretKeyFallbacks(value: string | undefined): Result<readonly string[], string> {
  const secrets = value ? value.split(',').map((secret) => secret.trim()) : []
  const short = secrets.findIndex((secret) => secret.length < SHORTEST_SECRET)
  return short === -1
    ? success(secrets)
    : failure(
        `SECRET_KEY_FALLBACKS has ${secrets[short]?.length} characters in entry ${short + 1}, but a SECRET_KEY has at least ` +
          `${SHORTEST_SECRET}. List complete earlier SECRET_KEYs, separated by commas, or leave it out`,
      )
}
