import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { createLog } from '../../../../auth-service/src/platform/logging/logger.ts'
import { identifyClient } from '../../../../auth-service/src/web/middleware/request-client.ts'
import { describeDevice, deviceOf } from '../../../../auth-service/src/web/middleware/request-device.ts'
import { testConfig } from '../../support/services.ts'

const service = { config: testConfig(), log: createLog('silent') }
const app = new Hono()
  .use(identifyClient(service))
  .get('/', (c) => c.json(deviceOf(c)))
  .use(describeDevice(service.config))
  .get('/page', (c) => c.json(deviceOf(c)))

it('a device is identified by its user agent and connection, not by forwarding headers', async () => {
  const headers = {
    'user-agent': 'curl/8.5.0',
    'x-forwarded-for': '203.0.113.9',
    forwarded: 'for=203.0.113.9',
  }
  const env = { incoming: { socket: { remoteAddress: '192.0.2.7' } } }
  const response = await app.request('/', { headers }, env)
  expect(await response.json()).toEqual({
    userAgent: 'curl/8.5.0',
    address: '192.0.2.7',
    viaProxy: true,
    cookies: {},
  })
})

it('a device without a user agent is empty', async () => {
  expect(await (await app.request('/')).json()).toEqual({
    userAgent: '',
    address: '',
    viaProxy: false,
    cookies: {},
  })
  expect(await (await app.request('/', {}, { incoming: { socket: {} } })).json()).toMatchObject({
    address: '',
  })
})

it('the device of a page has the language that its user chose, else the browser’s, and a time zone that exists', async () => {
  const of = async (headers: Record<string, string>) => (await app.request('/page', { headers })).json()
  expect(await of({})).toMatchObject({ language: 'en' })
  const german = { 'accept-language': 'fr, de-AT;q=0.8' }
  expect(await of(german)).toMatchObject({ language: 'de' })
  expect(await of({ ...german, cookie: 'language=en; time-zone=Europe/Berlin' })).toMatchObject({
    language: 'en',
    timeZone: 'Europe/Berlin',
  })
  expect(await of({ cookie: 'time-zone=Nowhere/Town' })).not.toHaveProperty('timeZone')
})
