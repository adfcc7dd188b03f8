import { afterAll, expect, it } from 'vitest'
import { createGuardedOrigins } from '../../../../auth-service/src/web/forward-auth/guarded-origins.ts'
import { addUser, DEVICE, openService, sqliteFiles, testConfig } from '../../support/services.ts'

const files = sqliteFiles()
afterAll(() => files.remove())

/** More than are kept. */
const MANY = 200

async function open() {
  const service = await openService(testConfig({ databaseUrl: await files.empty() }))
  const guarded = createGuardedOrigins(service as never)
  const { accessToken } = await service.sessions.start(await addUser(service), DEVICE)
  const name = service.config.https ? '__Secure-jwt.access' : 'jwt.access'
  const ask = (origin: string, cookie = '') =>
    guarded(origin).authenticate({
      method: 'GET',
      target: '/',
      header: (wanted) => (wanted === 'cookie' ? cookie : undefined),
    })
  return { service, guarded, ask, cookie: `${name}=${accessToken}` }
}

it('An origin with signed-in users keeps its middleware, however many ports and hosts others invent', async () => {
  const { service, guarded, ask, cookie } = await open()
  const real = ['https://app1.demo.localhost', 'https://app2.demo.localhost:8443']
  for (const origin of real) expect((await ask(origin, cookie)).user.isAuthenticated).toBe(true)
  const kept = real.map(guarded)
  for (let at = 1; at <= MANY; at++) {
    await ask(`https://app1.demo.localhost:${at}`)
    await ask(`https://invented-${at}.demo.localhost`, 'jwt.access=garbage')
  }
  expect(real.map(guarded)).toEqual(kept)
  for (const [at, auth] of kept.entries()) expect(guarded(real[at] as string)).toBe(auth)
  // Its cache as well: no token is verified again.
  await ask(real[0] as string, cookie)
  expect(kept[0]?.status().requests).toMatchObject({ verified: 1 })
  await service.close()
})

it('Where all have signed-in users, the one that was not asked for longest gives way', async () => {
  const { service, guarded, ask, cookie } = await open()
  const origin = (at: number) => `https://app${at}.demo.localhost`
  for (let at = 0; at < 50; at++) expect((await ask(origin(at), cookie)).user.isAuthenticated).toBe(true)
  const [first, second] = [guarded(origin(1)), guarded(origin(0))]
  await ask(origin(50), cookie)
  expect([guarded(origin(0)), guarded(origin(1))]).toEqual([second, first])
  expect(guarded(origin(2)).status().requests.verified).toBe(0)
  await service.close()
})
