import { looksOpaque } from '@latchkey/jwt-middleware/contract'
import { Hono } from 'hono'
import { isOutage } from '../../platform/database/db-errors.ts'
import { readInput } from '../../platform/validation/input.ts'
import type { Service } from '../../service.ts'
import { introspectionInput } from '../../tokens/introspection-input.ts'
import { readBody } from '../forms/body.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { outageProblem, problem } from '../problems.ts'
import { authenticateClient, refuseClient } from './client-authentication.ts'

/**
 * `POST /revoke`: revokes an API token (RFC 7009). Its holder needs no credentials: a token that was found may be
 * revoked by the finder. A registered app with its credentials revokes tokens that it accepts. 200 also for tokens that
 * do not exist; sessions end at `/logout`, not here.
 */
export const revokeEndpoint = (service: Pick<Service, 'apiTokens' | 'appCredentials' | 'log' | 'warn'>) =>
  new Hono().post('/revoke', async (c) => {
    const body = await readBody(c)
    const fields = body.ok && body.value.kind === 'form' ? body.value.fields : {}
    const asked = readInput(introspectionInput, fields)
    if (!asked.ok) {
      noteRefusal(c, 'no_token')
      const detail = 'Send a form (application/x-www-form-urlencoded) with the API token as `token`.'
      return problem('no_token', { title: 'Token missing', detail, error: 'invalid_request' })
    }
    const { token } = asked.value
    try {
      const client = await authenticateClient(service, c, fields)
      if (client === 'invalid') return refuseClient(c, client)
      if (!looksOpaque('api_token', token) && token.split('.').length === 3) {
        noteRefusal(c, 'unsupported_token_type')
        const detail = 'Only API tokens can be revoked here. A session ends with POST /logout.'
        const members = { title: 'Not an API token', detail, error: 'unsupported_token_type' }
        return problem('unsupported_token_type', members)
      }
      await service.apiTokens.revokeSecret(token, client === 'none' ? null : client, c.var.device)
      return c.body(null, 200, { 'cache-control': 'no-store' })
    } catch (error) {
      if (!isOutage(error)) throw error
      service.log.warn(
        { event: 'outage', err: error },
        'could not revoke a token: the database does not respond',
      )
      return outageProblem()
    }
  })
