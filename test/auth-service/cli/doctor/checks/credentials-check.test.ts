import { describe, expect, it, onTestFinished } from 'vitest'
import { checkCredentials } from '../../../../../auth-service/src/cli/doctor/checks/credentials-check.ts'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { serve } from '../../../../../auth-service/src/web/server.ts'
import { deadPort } from '../../../../support/dead-port.ts'
import { openService, testConfig } from '../../../support/services.ts'

async function start() {
  const service = await openService(testConfig())
  const server = await serve(service)
  onTestFinished(() => server.close())
  const app = await service.apps.create({ name: 'Board', origins: ['https://b.example.com'] }, OPERATOR)
  if (!app.ok) throw new Error('no app')
  const issued = await service.appCredentials.issue(app.value.id, OPERATOR, 0)
  if (!issued.ok) throw new Error(issued.reason)
  const { clientId, clientSecret } = issued.value
  const look = async (settings: object, internalUrl = `http://127.0.0.1:${server.address.port}`) =>
    (await checkCredentials(settings)({ config: testConfig(), internalUrl, apps: [], now: Date.now })).map(
      ({ status, what, remedy = '' }) => [status, what, remedy],
    )
  return {
    service,
    app: app.value,
    look,
    right: { AUTH_CLIENT_ID: clientId, AUTH_CLIENT_SECRET: clientSecret },
  }
}

describe('The credentials of an app', () => {
  it('are not checked if the environment has no credentials', async () => {
    const { look } = await start()
    expect(await look({})).toEqual([])
    expect(await look({ AUTH_CLIENT_ID: '', AUTH_CLIENT_SECRET: '' })).toEqual([])
  })

  it('are right', async () => {
    const { look, right } = await start()
    expect(await look(right)).toEqual([['ok', expect.stringContaining('accepts'), '']])
  })

  it('are wrong after a secret was turned', async () => {
    const { service, app, look, right } = await start()
    await service.appCredentials.issue(app.id, OPERATOR, 0)
    const [finding] = await look(right)
    expect(finding).toEqual([
      'fail',
      expect.stringContaining('refuses AUTH_CLIENT_ID and AUTH_CLIENT_SECRET'),
      expect.stringContaining('latchkey apps rotate-secret'),
    ])
    expect(String(finding)).not.toContain(right.AUTH_CLIENT_SECRET)
  })

  it('are incomplete, which needs no question', async () => {
    const { look, right } = await start()
    const nowhere = `http://127.0.0.1:${await deadPort()}`
    const { AUTH_CLIENT_ID, AUTH_CLIENT_SECRET } = right
    for (const [settings, what] of [
      [{ AUTH_CLIENT_ID }, 'AUTH_CLIENT_SECRET is missing'],
      [{ AUTH_CLIENT_SECRET }, 'AUTH_CLIENT_ID is missing'],
      [{ AUTH_CLIENT_ID: AUTH_CLIENT_SECRET, AUTH_CLIENT_SECRET }, 'AUTH_CLIENT_ID is not a client ID'],
      [
        { ...right, AUTH_CLIENT_SECRET: AUTH_CLIENT_SECRET.slice(0, -1) },
        'AUTH_CLIENT_SECRET is not complete',
      ],
    ] as const) {
      const [finding] = await look(settings, nowhere)
      expect(finding).toEqual(['fail', expect.stringContaining(what), expect.any(String)])
      expect(String(finding)).not.toMatch(/lks_\w{20}/)
    }
  })

  it('could not be tried', async () => {
    const { look, right } = await start()
    const [finding] = await look(right, `http://127.0.0.1:${await deadPort()}`)
    expect(finding).toEqual(['fail', expect.stringContaining("Can't ask"), expect.any(String)])
  })
})
