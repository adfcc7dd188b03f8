import { type Context, Hono } from 'hono'
import { RateLimited } from '../../accounts/rate-limits.ts'
import { DEVICE_GRANT } from '../../oidc/client-metadata.ts'
import { OIDC_ROUTES } from '../../oidc/oidc-routes.ts'
import { isOutage } from '../../platform/database/db-errors.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import type { Service } from '../../service.ts'
import { MAX_APP_TOKENS } from '../../tokens/api-tokens/own-tokens.ts'
import { readBody } from '../forms/body.ts'
import { textOf } from '../forms/submission.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { outageProblem, type ProblemCode, problem } from '../problems.ts'
import { authenticateClient, refuseClient } from './client-authentication.ts'

const NO_STORE = { 'cache-control': 'no-store' }
const OIDC_DEVICE = OIDC_ROUTES.device_authorization

/** The errors of OAuth, with what to do. */
const ERRORS = {
  unsupported_grant_type: 'Send grant_type=client_credentials.',
  unauthorized_client:
    'Users are asked for consent before this app sees their data, so it gets no token for itself. If it is your own app, an administrator can make it first-party.',
  invalid_scope: 'No registered app has published one of these permissions.',
  authorization_pending: 'The user has not allowed it yet. Ask again after the interval.',
  slow_down: 'You ask too often. Wait five seconds longer between two requests.',
  invalid_grant:
    'Another client got this device code. Send the client_id that you sent to POST /device/code.',
  expired_token: 'This device code is wrong, has expired or was used. Start again with POST /device/code.',
  access_denied: 'The user denied it, or can’t have another token.',
} as const satisfies Partial<Record<ProblemCode, string>>

type Fields = Readonly<Record<string, unknown>>
type GrantParts = Pick<
  Service,
  | 'config'
  | 'apiTokens'
  | 'appPermissions'
  | 'appCredentials'
  | 'deviceAuthorization'
  | 'limits'
  | 'log'
  | 'oidc'
  | 'warn'
>

/**
 * What gives tokens to programs without a user's password: `POST /token` to a registered app for itself (RFC 6749,
 * section 4.4), and `POST /device/code` and `POST /device/token` to a device whose user allows it in a browser
 * (RFC 8628). Forms or JSON.
 */
export function tokenGrants(service: GrantParts): Hono {
  const { config, apiTokens, appPermissions, deviceAuthorization, limits, log, oidc, warn } = service

  const refused = (c: Context, error: keyof typeof ERRORS, detail: string = ERRORS[error]) => {
    noteRefusal(c, error)
    return problem(error, { title: 'No token', detail, error })
  }

  /** Runs the handler with the fields of the body. */
  const reading =
    (handle: (c: Context, fields: Fields) => Promise<Response>) =>
    async (c: Context): Promise<Response> => {
      const body = await readBody(c)
      if (!body.ok) {
        noteRefusal(c, body.reason)
        const detail = 'Send a form (application/x-www-form-urlencoded) or a JSON object, each field once.'
        return problem(body.reason, {
          title: 'The request could not be read',
          detail,
          error: 'invalid_request',
        })
      }
      try {
        return await handle(c, body.value.fields)
      } catch (error) {
        if (error instanceof RateLimited) {
          noteRefusal(c, error.code)
          const detail = `Too many requests from this network. Wait ${error.retryAfter} s.`
          const headers = { 'retry-after': String(error.retryAfter) }
          return problem(error.code, { title: 'Too many attempts', detail, error: 'slow_down' }, headers)
        }
        if (!isOutage(error)) throw error
        log.warn({ event: 'outage', err: error }, 'could not issue a token: the database does not respond')
        return outageProblem()
      }
    }

  async function ofClient(c: Context, fields: Fields): Promise<Response> {
    const client = await authenticateClient(service, c, fields)
    if (typeof client === 'string') return refuseClient(c, client)
    if (fields.grant_type !== 'client_credentials') return refused(c, 'unsupported_grant_type')
    const scopes = [...new Set(textOf(fields, 'scope').split(' ').filter(Boolean))]
    const defined = new Set((await appPermissions.list()).map(({ name }) => name))
    if (scopes.some((scope) => !defined.has(scope))) return refused(c, 'invalid_scope')
    const issued = await apiTokens.createForApp(client, scopes, c.var.device)
    if (issued.ok) return granted(c, { ...issued.value, scopes })
    if (issued.reason === 'gone') return refuseClient(c, 'invalid')
    if (issued.reason === 'third_party') return refuseThirdParty(c, client.name)
    if (issued.reason === 'beyond_scopes') {
      const detail = `An administrator has not allowed ${client.name} these permissions for itself: on the page Apps, or with npx latchkey apps token-scopes ${shellWord(client.name)} --scope NAME.`
      return refused(c, 'invalid_scope', detail)
    }
    warn(
      { event: 'too_many_app_tokens', app: client.name, limit: MAX_APP_TOKENS },
      'an app got no further token for itself: it should use each until it expires, an hour later',
    )
    noteRefusal(c, 'too_many_app_tokens')
    const detail = `${client.name} has ${MAX_APP_TOKENS} tokens of its own, which is the limit. Use each of them until it expires.`
    const headers = { 'retry-after': '60' }
    return problem('too_many_app_tokens', { title: 'No token', detail, error: 'slow_down' }, headers)
  }

  function refuseThirdParty(c: Context, app: string): Response {
    warn(
      {
        event: 'client_refused',
        cause: 'unauthorized_client',
        app,
        setting: 'latchkey apps set-oidc --first-party',
      },
      'an app got no token for itself: its users are asked for consent, so it is not one of your own',
    )
    return refused(c, 'unauthorized_client')
  }

  async function startDevice(c: Context, fields: Fields): Promise<Response> {
    const device = c.var.device
    await limits.consumeDeviceRequest(device)
    const input = {
      clientId: textOf(fields, 'client_id'),
      deviceName: textOf(fields, 'device_name'),
      scope: textOf(fields, 'scope'),
    }
    const started = await deviceAuthorization.start(input, device)
    const forOidc = input.scope.split(' ').includes('openid') && oidc.isOn()
    if (!started.ok && started.reason === 'invalid_scope' && forOidc) {
      return refused(
        c,
        'invalid_scope',
        `To sign in by OpenID Connect, ask at ${config.authUrl}${OIDC_DEVICE}.`,
      )
    }
    if (!started.ok) {
      return started.reason === 'invalid_client' ? refuseClient(c, 'unknown') : refused(c, started.reason)
    }
    const { deviceCode, userCode, expiresIn, interval } = started.value
    const page = `${config.authUrl}/device`
    const answer = {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?${new URLSearchParams({ user_code: userCode })}`,
      expires_in: expiresIn,
      interval,
    }
    return c.json(answer, 200, NO_STORE)
  }

  async function pollDevice(c: Context, fields: Fields): Promise<Response> {
    const device = c.var.device
    if (fields.grant_type !== undefined && fields.grant_type !== DEVICE_GRANT) {
      return refused(c, 'unsupported_grant_type', `Send grant_type=${DEVICE_GRANT}.`)
    }
    await limits.consumeDevicePoll(device)
    const polled = await deviceAuthorization.poll(
      textOf(fields, 'device_code'),
      textOf(fields, 'client_id'),
      device,
    )
    return polled.ok ? granted(c, polled.value) : refused(c, polled.reason)
  }

  const granted = (
    c: Context,
    token: { readonly secret: string; readonly scopes: readonly string[]; readonly expiresIn: number | null },
  ) =>
    c.json(
      {
        access_token: token.secret,
        token_type: 'Bearer',
        ...(token.expiresIn !== null && { expires_in: token.expiresIn }),
        scope: token.scopes.join(' '),
      },
      200,
      NO_STORE,
    )

  return new Hono()
    .post('/token', reading(ofClient))
    .post('/device/code', reading(startDevice))
    .post('/device/token', reading(pollDevice))
}
