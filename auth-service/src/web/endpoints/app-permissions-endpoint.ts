import { Hono } from 'hono'
import { permissionsInput } from '../../apps/permission-input.ts'
import { isOutage } from '../../platform/database/db-errors.ts'
import { readInput } from '../../platform/validation/input.ts'
import type { Service } from '../../service.ts'
import { readBody } from '../forms/body.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { outageProblem, problem } from '../problems.ts'
import { authenticateClient, refuseClient } from './client-authentication.ts'

/**
 * `PUT /permissions`: a registered app publishes what users may do in it, as JSON, with its credentials (HTTP Basic).
 * It replaces what the app published before. Shown in the administration, and offered as scopes of API tokens.
 */
export const appPermissionsEndpoint = (
  service: Pick<Service, 'appPermissions' | 'appCredentials' | 'log' | 'warn'>,
) =>
  new Hono().put('/permissions', async (c) => {
    try {
      const client = await authenticateClient(service, c)
      if (typeof client === 'string') return refuseClient(c, client)
      const body = await readBody(c)
      if (!body.ok || body.value.kind !== 'json') {
        noteRefusal(c, 'malformed')
        const detail = 'Send a JSON object (application/json) with a list of `permissions`.'
        return problem('malformed', { title: 'The request could not be read', detail })
      }
      const read = readInput(permissionsInput, body.value.fields)
      if (!read.ok) {
        noteRefusal(c, 'invalid_fields')
        const errors = Object.fromEntries(
          Object.entries(read.errors).map(([field, words]) => [field, String(words)]),
        )
        return problem('invalid_fields', { title: 'Invalid permissions', errors })
      }
      if (!(await service.appPermissions.publish(client.id, read.value.permissions))) {
        return refuseClient(c, 'invalid')
      }
      return c.body(null, 204, { 'cache-control': 'no-store' })
    } catch (error) {
      if (!isOutage(error)) throw error
      service.log.warn(
        { event: 'outage', err: error },
        "could not store an app's permissions: the database does not respond",
      )
      return outageProblem()
    }
  })
