import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { deviceOf } from '../../../../auth-service/src/web/middleware/request-device.ts'

const app = new Hono().get('/', (c) => c.json(deviceOf(c)))

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
    viaProxy: false,
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
