import { isOpaqueToken } from '@latchkey/jwt-middleware/contract'
import { isRandomToken } from '../../../platform/crypto/random-id.ts'
import { type Check, type Finding, findingsOf } from '../finding.ts'
import { probe, remedyFor } from '../http-probe.ts'

const { ok, fail } = findingsOf('credentials of an app')

/** The settings of an app, as they are in this environment. */
interface AppSettings {
  readonly AUTH_CLIENT_ID?: string | undefined
  readonly AUTH_CLIENT_SECRET?: string | undefined
}

const ISSUE = 'Issue a new secret with "latchkey apps rotate-secret", set both settings, and restart the app.'

/** What is wrong with the settings by themselves. Their values are not shown: each may be another secret. */
function problemOf({ AUTH_CLIENT_ID: id, AUTH_CLIENT_SECRET: secret }: AppSettings): Finding | null {
  if (!id || !secret) {
    const missing = id ? 'AUTH_CLIENT_SECRET' : 'AUTH_CLIENT_ID'
    return fail(
      `${missing} is missing.`,
      'An app needs both AUTH_CLIENT_ID and AUTH_CLIENT_SECRET, or neither.',
    )
  }
  if (!isRandomToken(id)) return fail('AUTH_CLIENT_ID is not a client ID of 22 characters.', ISSUE)
  return isOpaqueToken('app_secret', secret)
    ? null
    : fail('AUTH_CLIENT_SECRET is not complete: its length or its checksum is wrong.', ISSUE)
}

/** Whether the auth service accepts the credentials in this environment. Without credentials, it finds nothing. */
export const checkCredentials =
  (settings: AppSettings): Check =>
  async ({ config, internalUrl }) => {
    const { AUTH_CLIENT_ID: id, AUTH_CLIENT_SECRET: secret } = settings
    if (!id && !secret) return []
    const problem = problemOf(settings)
    if (problem) return [problem]
    const origin = internalUrl ?? config.authUrl
    const answer = await probe(`${origin}/introspect`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'token=lk_none',
    })
    const usual = 'Let the proxy pass POST /introspect through to the auth service.'
    if (!answer.ok) {
      return [
        fail(
          `Can't ask ${origin} about the credentials: ${answer.reason.reason}.`,
          remedyFor(answer.reason, usual),
        ),
      ]
    }
    const { status, text } = answer.value
    if (status === 200) return [ok('The auth service accepts AUTH_CLIENT_ID and AUTH_CLIENT_SECRET.')]
    return status === 401 && text.includes('invalid_client')
      ? [
          fail(
            'The auth service refuses AUTH_CLIENT_ID and AUTH_CLIENT_SECRET: they are wrong or expired.',
            ISSUE,
          ),
        ]
      : [fail(`${origin}/introspect answers ${status}.`, usual)]
  }
