import { problemResponse } from '@latchkey/jwt-middleware'
import { Hono } from 'hono'
import { isOutage } from '../database/failures.ts'
import { readBody } from '../http/body.ts'
import { noteRefusal } from '../http/refusal-log.ts'
import type { Service } from '../service.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/**
 * `POST /introspect`: whether an access token counts at this very moment (RFC 7662). Who has the token may ask: it
 * says everything already that the answer does. Nothing is told of a token that does not count.
 */
export const introspectEndpoint = ({ introspect, log }: Pick<Service, 'introspect' | 'log'>) =>
  new Hono().post('/introspect', async (c) => {
    const body = await readBody(c)
    const token = body.ok && body.value.kind === 'form' ? body.value.fields.token : undefined
    if (typeof token !== 'string') {
      noteRefusal(c, 'no_token')
      const detail = 'Send a form (application/x-www-form-urlencoded) with the access token as `token`.'
      return problemResponse({ status: 400, title: 'No token to look at', detail })
    }
    try {
      const claims = await introspect(token)
      if (!claims) return c.json({ active: false }, 200, NO_STORE)
      const { iss, aud, sub, sid, jti, iat, exp } = claims
      return c.json({ active: true, iss, aud, sub, sid, jti, iat, exp }, 200, NO_STORE)
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ err: error }, 'could not look at a token')
      return problemResponse({ status: 503, title: 'Try again in a moment' }, { 'retry-after': '5' })
    }
  })
