import type { Context } from 'hono'
import type { AuthenticatedApp } from '../../apps/app-credentials.ts'
import { isRandomToken } from '../../platform/crypto/random-id.ts'
import type { Service } from '../../service.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { problem } from '../problems.ts'

/** The registered app that sent a request, `none` without credentials, or `invalid` with wrong ones. */
export type Client = AuthenticatedApp | 'none' | 'invalid'

/**
 * Authenticates the app by HTTP Basic or by `client_id` and `client_secret` in the form (RFC 6749, section 2.3.1), but
 * not by both. Throws on an outage.
 */
export async function authenticateClient(
  { appCredentials, warn }: Pick<Service, 'appCredentials' | 'warn'>,
  c: Context,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Client> {
  const basic = readBasic(c.req.header('authorization'))
  const { client_id: id, client_secret: secret } = fields
  const inBody = id !== undefined || secret !== undefined
  if (basic === null && !inBody) return 'none'
  const credentials = inBody ? { id, secret } : basic
  const isOne = basic === null || !inBody
  const app =
    isOne && typeof credentials?.id === 'string' && typeof credentials.secret === 'string'
      ? await appCredentials.authenticate(credentials.id, credentials.secret)
      : null
  if (app) return app
  warn(
    {
      event: 'client_refused',
      cause: 'invalid_client',
      // Nothing else is logged: it may be a secret in the wrong place.
      client_id: isRandomToken(String(credentials?.id)) ? credentials?.id : '(not a client ID)',
      setting: 'AUTH_CLIENT_ID, AUTH_CLIENT_SECRET',
    },
    'refused the credentials of an app: they are wrong, expired or revoked; "latchkey apps rotate-secret" issues new ones',
  )
  return 'invalid'
}

const REMEDIES = {
  none: 'Send the credentials of a registered app: AUTH_CLIENT_ID and AUTH_CLIENT_SECRET.',
  invalid: 'These credentials are wrong, expired or revoked. Check AUTH_CLIENT_ID and AUTH_CLIENT_SECRET.',
  unknown: 'No registered app has this client_id. Send the AUTH_CLIENT_ID of one, or no client_id.',
}

/**
 * Responds that the app must authenticate, or failed to (RFC 6749, section 5.2), or that it is unknown where it need not
 * authenticate.
 */
export function refuseClient(c: Context, client: keyof typeof REMEDIES): Response {
  noteRefusal(c, 'invalid_client')
  const detail = REMEDIES[client]
  const members = { title: 'App not authenticated', detail, error: 'invalid_client' }
  return problem('invalid_client', members, { 'www-authenticate': 'Basic realm="latchkey"' })
}

/** The credentials of HTTP Basic, form-encoded as OAuth asks; `null` for other schemes. */
function readBasic(header: string | undefined): { id: string; secret: string } | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]{1,1024})$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  const decode = (part: string) => new URLSearchParams(`v=${part}`).get('v') ?? ''
  return { id: decode(text.slice(0, Math.max(colon, 0))), secret: decode(text.slice(colon + 1)) }
}
