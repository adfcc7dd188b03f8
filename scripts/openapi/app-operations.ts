import * as v from 'valibot'
import { permissionsInput } from '../../auth-service/src/apps/permission-input.ts'
import { introspectionInput, tokenUseInput } from '../../auth-service/src/tokens/introspection-input.ts'
import type { Operations } from './operation.ts'

/** The credentials of a registered app, unless it sends them by HTTP Basic. */
const clientInput = v.object({ client_id: v.optional(v.string()), client_secret: v.optional(v.string()) })

/** What apps, devices and proxies ask for. */
export const APPS: Operations = {
  'POST /refresh': {
    tag: 'apps',
    summary: 'Renews the session: the refresh cookie in, both cookies out',
    answers: { 200: 'Renewed' },
    problems: [401, 403, 409],
  },
  'GET /revocations': {
    tag: 'apps',
    summary: 'Recent revocations: about 1,000 at a time as JSON, or as a live stream',
    query: ['since'],
    headers: ['Last-Event-ID'],
    answers: { 200: 'Revocations' },
    stream: true,
    problems: [400],
  },
  'POST /token': {
    tag: 'apps',
    summary: "Gives a registered app a token of its own (RFC 6749, section 4.4), with the app's credentials",
    body: v.object({
      grant_type: v.literal('client_credentials'),
      scope: v.optional(v.string()),
      ...clientInput.entries,
    }),
    form: true,
    answers: { 200: 'GrantedToken' },
    problems: [400, 401],
  },
  'POST /device/code': {
    tag: 'apps',
    summary: 'Begins the sign-in of a device without a browser (RFC 8628)',
    body: v.object({
      client_id: v.optional(v.string()),
      device_name: v.optional(v.string()),
      scope: v.optional(v.string()),
    }),
    form: true,
    answers: { 200: 'DeviceCodes' },
    problems: [400, 401, 429],
  },
  'POST /device/token': {
    tag: 'apps',
    summary: 'The token of a device, once its user has allowed it (RFC 8628)',
    body: v.object({
      device_code: v.string(),
      client_id: v.optional(v.string()),
      grant_type: v.optional(v.string()),
    }),
    form: true,
    answers: { 200: 'GrantedToken' },
    problems: [400, 429],
  },
  'POST /introspect': {
    tag: 'apps',
    summary: 'Whether a token counts at this moment (RFC 7662)',
    body: v.object({
      ...introspectionInput.entries,
      ...tokenUseInput.entries,
      ...clientInput.entries,
    }),
    form: true,
    answers: { 200: 'Introspection' },
    problems: [400, 401],
  },
  'POST /revoke': {
    tag: 'apps',
    summary: 'Revokes an API token (RFC 7009)',
    body: v.object({ token: v.string(), ...clientInput.entries }),
    form: true,
    answers: { 200: null },
    problems: [400, 401],
  },
  'PUT /permissions': {
    tag: 'apps',
    summary: 'Publishes what users may do in a registered app, which sends its credentials by HTTP Basic',
    body: permissionsInput,
    answers: { 204: null },
    problems: [400, 401, 422],
  },
  'GET /forward-auth': {
    tag: 'apps',
    summary: 'Whether a proxy may pass a request on: the identity of its user is in headers',
    headers: ['x-original-method', 'x-original-url'],
    answers: { 204: null },
    problems: [401, 403],
  },
  'GET /forward-auth/refusal': {
    tag: 'apps',
    summary: 'What nginx shows for a request that may not pass',
    headers: ['x-original-method', 'x-original-url'],
    answers: {},
    problems: [401, 403, 404],
  },
  'GET /.well-known/jwks.json': {
    tag: 'apps',
    summary: 'The public keys (RFC 7517)',
    answers: { 200: 'KeySet' },
  },
  'GET /healthz': {
    tag: 'apps',
    summary: 'Whether the service runs and its database answers',
    answers: { 200: 'Health' },
  },
}
