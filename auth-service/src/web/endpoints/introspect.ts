import { Hono } from 'hono'
import { isOutage } from '../../platform/database/db-errors.ts'
import { readInput } from '../../platform/validation/input.ts'
import type { Service } from '../../service.ts'
import { introspectionInput } from '../../tokens/introspection-input.ts'
import { readBody } from '../forms/body.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { outageProblem, problem } from '../problems.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/**
 * `POST /introspect`: whether an access token is valid at this moment (RFC 7662). Anyone with the token may ask, since
 * it already contains the answer's data. An invalid token gets no data.
 *
 * With `token_type_hint=refresh_token` it is a refresh token, whose session is checked and not renewed: `access_claims`
 * are the claims of its access token. Without that hint a refresh token is invalid, so that nothing mistakes it for an
 * access token.
 */
export const introspectEndpoint = ({
  introspect,
  introspectRefresh,
  log,
}: Pick<Service, 'introspect' | 'introspectRefresh' | 'log'>) =>
  new Hono().post('/introspect', async (c) => {
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
      if (hint === 'refresh_token') {
        const session = await introspectRefresh(token)
        return c.json(session ? { active: true, ...session } : { active: false }, 200, NO_STORE)
      }
      const claims = await introspect(token)
      if (!claims) return c.json({ active: false }, 200, NO_STORE)
      const { iss, aud, sub, sid, jti, iat, exp } = claims
      return c.json({ active: true, iss, aud, sub, sid, jti, iat, exp }, 200, NO_STORE)
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ event: 'outage', err: error }, 'could not check a token: the database does not respond')
      return outageProblem()
    }
  })
