import { expect, it, onTestFinished } from 'vitest'
import { createPasswords } from '../../../../../auth-service/src/accounts/passwords/passwords.ts'
import { checkSaml } from '../../../../../auth-service/src/cli/doctor/checks/saml-check.ts'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import type { Config } from '../../../../../auth-service/src/platform/config/config.ts'
import { makeSamlKey } from '../../../../../auth-service/src/saml/saml-certificate.ts'
import { createService } from '../../../../../auth-service/src/service.ts'
import { serve } from '../../../../../auth-service/src/web/server.ts'
import { deadPort } from '../../../../support/dead-port.ts'
import { migratedSqlite } from '../../../support/migrated-sqlite.ts'
import { testConfig } from '../../../support/services.ts'

const DAY = 86_400_000
const YEARS = 20 * 365.25 * DAY

/** The auth service with the system clock, and what the doctor says of its SAML. */
async function start() {
  const port = await deadPort()
  const config = testConfig({
    authUrl: `http://auth.demo.localhost:${port}`,
    port,
    logLevel: 'silent',
    databaseUrl: `file:${await migratedSqlite()}`,
  })
  const service = await createService(config, { passwords: createPasswords({ cost: 4 }) })
  const server = await serve(service)
  onTestFinished(() => server.close())

  /** Registers an app whose certificate began at this time. */
  async function register(name: string, began = Date.now()) {
    const origin = `https://${name.toLowerCase()}.example`
    const made = await service.apps.create({ name, origins: [origin] }, OPERATOR)
    if (!made.ok) throw new Error('not registered')
    const { certificate } = await makeSamlKey('app.example', began)
    const facts = { entity_id: `${origin}/saml`, acs_urls: `${origin}/acs`, certificates: certificate }
    expect((await service.serviceProviders.set(made.value.id, facts, OPERATOR))?.ok).toBe(true)
  }

  async function look(seen: Partial<Config> = {}, now = Date.now()) {
    const target = { config: { ...config, ...seen }, internalUrl: null, apps: [], now: () => now }
    return (await checkSaml(target)).map(({ status, what, remedy = '' }) => [
      status,
      `${what} ${remedy}`.trim(),
    ])
  }

  return { config, register, look, service }
}

const said = (status: string, ...words: string[]) => [status, expect.stringMatching(words.join('.*'))]

it('says nothing of SAML unless an app uses it', async () => {
  const { look } = await start()
  expect(await look()).toEqual([])
})

it('finds a key and metadata that apps can use, and warns before certificates end', async () => {
  const { config, register, look } = await start()
  await register('Wiki')
  await fetch(`http://127.0.0.1:${config.port}/saml/metadata`, {
    headers: { host: new URL(config.authUrl).host },
  })
  const url = `${config.authUrl}/saml/metadata`
  const published = ['ok', `${url} has the metadata of this service.`]
  const decrypts = ['ok', 'SECRET_KEY decrypts the key of SAML.']
  expect(await look()).toEqual([
    decrypts,
    said('ok', 'certificate of the auth service is valid for \\d+ more days'),
    said('ok', 'certificate of Wiki is valid for \\d+ more days'),
    published,
  ])
  await register('Shop')
  expect(await look()).toContainEqual(['ok', 'All 2 certificates of apps are valid.'])
  expect(await look({}, Date.now() + YEARS - 30 * DAY)).toEqual([
    decrypts,
    said('warn', 'certificate of the auth service ends on 20', 'latchkey saml-keys add'),
    said('warn', 'certificate of Wiki ends on 20', 'latchkey apps set-saml Wiki --metadata FILE'),
    said('warn', 'certificate of Shop ends on 20', 'latchkey apps set-saml Shop --metadata FILE'),
    published,
  ])
})

it('names the app whose certificate has ended, a wrong SECRET_KEY and another AUTH_URL, each with its remedy', async () => {
  const { config, register, look } = await start()
  await register('Wiki')
  await register('Old', Date.now() - YEARS - 30 * DAY)
  await fetch(`http://127.0.0.1:${config.port}/saml/metadata`, {
    headers: { host: new URL(config.authUrl).host },
  })
  expect(await look()).toContainEqual(said('warn', 'certificate of Old ended on 20', 'set-saml Old --'))
  expect(await look({ secretKey: 'another secret of thirty-two signs' })).toContainEqual(
    said('fail', "SECRET_KEY can't decrypt the key of SAML", 'SECRET_KEY_FALLBACKS'),
  )
  const other = `http://auth.team.localhost:${config.port}`
  expect(await look({ authUrl: other })).toContainEqual(
    said(
      'fail',
      'has the metadata of another service: its entity ID is ',
      'Compare its DATABASE_URL and AUTH_URL',
    ),
  )
  expect(await look({}, Date.now() + YEARS + DAY)).toContainEqual(
    said('fail', 'certificate of the auth service ended on 20', 'latchkey saml-keys add'),
  )
  const dead = `http://auth.demo.localhost:${await deadPort()}`
  expect(await look({ authUrl: dead })).toContainEqual(said('warn', "Can't read ", 'Start the auth service'))
})
