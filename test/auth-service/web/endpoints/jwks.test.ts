import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { openService, type TestService, testConfig } from '../../support/services.ts'

let service: TestService
beforeAll(async () => {
  service = await openService(testConfig())
})
afterAll(() => service.close())
const get = () => createApp(service).request('/.well-known/jwks.json')

it('the public keys can be cached for five minutes', async () => {
  const response = await get()
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  expect(await response.json()).toEqual(service.keys.published())
})

it('the response contains no private part', async () => {
  const text = await (await get()).text()
  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(text).not.toContain(`"${member}":`)
})

it('the keys need no database and survive its outage', async () => {
  const own = await openService(testConfig())
  const before = await (await createApp(own).request('/.well-known/jwks.json')).text()
  await own.database.close()
  own.wait(3600)
  const after = await createApp(own).request('/.well-known/jwks.json')
  expect(after.status).toBe(200)
  expect(await after.text()).toBe(before)
  await own.passwords.close()
})
