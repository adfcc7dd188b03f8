import { looksOpaque } from '@latchkey/jwt-middleware/contract'
import { Hono } from 'hono'
import { isOutage } from '../../platform/database/db-errors.ts'
import { readInput } from '../../platform/validation/input.ts'
import type { Service } from '../../service.ts'
import { introspectionInput, tokenUseInput } from '../../tokens/introspection-input.ts'
import { readBody } from '../forms/body.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { createClientAddress } from '../middleware/request-client.ts'
import { outageProblem, problem } from '../problems.ts'
import { authenticateClient, refuseClient } from './client-authentication.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/**
 * `POST /introspect`: whether a token is valid at this moment (RFC 7662). Anyone with an access token may ask, since it
 * already contains the answer's data. An invalid token gets no data.
 *
 * With `token_type_hint=refresh_token` it is a refresh token, whose session is checked and not renewed: `access_claims`
 * are the claims of its access token. Without that hint a refresh token is invalid, so that nothing mistakes it for an
 * access token.
 *
 * About an API token only registered apps may ask, with their credentials: the answer depends on the app, and contains
 * what the token does not.
 */
export function introspectEndpoint(service: IntrospectParts): Hono {
  const { config, introspect, introspectRefresh, introspectApiToken, log } = service
  const addressOf = createClientAddress(config)

  async function answer(token: string, hint: string | undefined): Promise<object> {
    if (hint === 'refresh_token') {
      const session = await introspectRefresh(token)
      return session ? { active: true, ...session } : { active: false }
    }
    const claims = await introspect(token)
    if (!claims) return { active: false }
    const { iss, aud, sub, sid, jti, iat, exp } = claims
    return { active: true, iss, aud, sub, sid, jti, iat, exp }
  }

  return new Hono().post('/introspect', async (c) => {
    const body = await readBody(c)
    const fields = body.ok && body.value.kind === 'form' ? body.value.fields : {}
    const asked = readInput(introspectionInput, fields)
    if (!asked.ok) {
      noteRefusal(c, 'no_token')
      const detail = 'Send a form (application/x-www-form-urlencoded) with the access token as `token`.'
      return problem('no_token', { title: 'Token missing', detail })
    }
    const { token, token_type_hint: hint } = asked.value
    try {
      const client = await authenticateClient(service, c, fields)
      if (client === 'invalid') return refuseClient(c, client)
      if (!looksOpaque('api_token', token)) return c.json(await answer(token, hint), 200, NO_STORE)
      if (client === 'none') return refuseClient(c, client)
      const use = readInput(tokenUseInput, fields)
      const address = use.ok ? addressOf(use.value.remote_address, use.value.forwarded_for) : ''
      const claims = hint === 'refresh_token' ? null : await introspectApiToken(token, client, address)
      return c.json(claims ? { active: true, ...claims } : { active: false }, 200, NO_STORE)
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ event: 'outage', err: error }, 'could not check a token: the database does not respond')
      return outageProblem()
    }
  })
}

type IntrospectParts = Pick<
  Service,
  'config' | 'introspect' | 'introspectRefresh' | 'introspectApiToken' | 'appCredentials' | 'log' | 'warn'
>
