import { expect, it, onTestFinished } from 'vitest'
import { checkFeedPlaces } from '../../../../../auth-service/src/cli/doctor/checks/feed-places-check.ts'
import { serve } from '../../../../../auth-service/src/web/server.ts'
import { deadPort } from '../../../../support/dead-port.ts'
import { openService, testConfig } from '../../../support/services.ts'

type Changes = Parameters<typeof testConfig>[0]

const look = async (changes: Changes) =>
  (await checkFeedPlaces({ config: testConfig(changes), internalUrl: null, apps: [], now: Date.now })).map(
    ({ status, what, remedy = '' }) => [status, what, remedy],
  )

const HTTPS = { authUrl: 'https://127.0.0.1', https: true }

it('warns that apps share feed connections with strangers, and names INTERNAL_PORT', async () => {
  expect(await look(HTTPS)).toEqual([
    ['warn', expect.stringContaining('anonymous clients'), expect.stringContaining('Set INTERNAL_PORT')],
  ])
})

it("is silent on a developer's machine", async () => {
  expect(await look({})).toEqual([])
})

it('accepts a listener that is unreachable by the public name', async () => {
  const server = await serve(await openService(testConfig({ internalPort: 0 })))
  onTestFinished(() => server.close())
  const internalPort = server.internalAddress?.port
  expect(await look({ ...HTTPS, authUrl: 'https://auth.invalid', internalPort })).toEqual([
    ['ok', expect.stringContaining(`port ${internalPort} of 127.0.0.1`), ''],
  ])
})

it('says that it could not test a listener that is down', async () => {
  const internalPort = await deadPort()
  expect(await look({ ...HTTPS, authUrl: 'https://auth.invalid', internalPort })).toEqual([
    ['warn', expect.stringContaining('does not answer'), expect.stringContaining('Restart the auth service')],
  ])
})

it('warns about a listener that also answers at the public name', async () => {
  const server = await serve(await openService(testConfig({ internalPort: 0 })))
  onTestFinished(() => server.close())
  const internalPort = server.internalAddress?.port
  expect(await look({ ...HTTPS, internalPort })).toEqual([
    [
      'warn',
      expect.stringContaining('the public name'),
      expect.stringContaining(`close port ${internalPort} to the outside`),
    ],
  ])
})

it('warns about a listener whose port changes at each start', async () => {
  expect(await look({ internalPort: 0 })).toEqual([
    [
      'warn',
      expect.stringContaining('a random port at each start'),
      expect.stringContaining('INTERNAL_PORT'),
    ],
  ])
})
