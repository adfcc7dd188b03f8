import { CONTRACT, CONTRACT_HEADER } from '@latchkey/jwt-middleware/contract'
import { expect, it } from 'vitest'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { createInternalApp } from '../../../../auth-service/src/web/internal-app.ts'
import { APP } from '../../../support/tokens.ts'
import { addUser, DEVICE, onBothDatabases } from '../../support/services.ts'

const FROM_APP = {
  [CONTRACT_HEADER]: String(CONTRACT),
  accept: 'application/json',
  'content-type': 'application/json',
}

onBothDatabases('POST /logout from an app', (open) => {
  const signedIn = async (config = {}) => {
    const service = await open({ config })
    const ada = await addUser(service)
    const { session, accessToken, refreshToken } = await service.sessions.start(ada, DEVICE)
    const post = (headers: Record<string, string>, app = createApp(service)) =>
      app.request('/logout', { method: 'POST', headers: { ...FROM_APP, ...headers }, body: '{}' })
    const isLive = () => service.sessions.isLive(session.id)
    return { service, ada, sid: session.id, accessToken, refreshToken, post, isLive }
  }

  it.each(['access', 'refresh'] as const)('ends the session of its %s token', async (kind) => {
    const { post, sid, isLive, ...tokens } = await signedIn()
    const response = await post({ cookie: `jwt.${kind}=${tokens[`${kind}Token`]}` })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ sessions: [sid] })
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.getSetCookie().map((line) => line.split(';', 2).join())).toEqual([
      'jwt.access=, Domain=demo.localhost',
      'jwt.refresh=, Domain=demo.localhost',
      ...(kind === 'refresh' ? ['jwt.refresh=, Path=/'] : []),
    ])
    expect(await isLive()).toBe(false)
  })

  it('tells the apps within the same transaction, and writes it to the history once', async () => {
    const { service, ada, post, sid, accessToken, refreshToken } = await signedIn()
    const cookie = `jwt.access=${accessToken}; jwt.refresh=${refreshToken}`
    for (let times = 0; times < 2; times++) {
      expect(await (await post({ cookie })).json()).toEqual({ sessions: [sid] })
    }
    const { entries } = await service.revocations.since(0)
    expect(entries).toMatchObject([{ sid }])
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.filter(({ event }) => event === 'signed_out')).toMatchObject([
      { sid, actor: ada.uuid, device: { userAgent: '', address: '' } },
    ])
  })

  it('leaves the other sessions of the user', async () => {
    const { service, ada, post, accessToken } = await signedIn()
    const other = await service.sessions.start(ada, DEVICE)
    await post({ cookie: `jwt.access=${accessToken}` })
    expect(await service.sessions.isLive(other.session.id)).toBe(true)
  })

  it('ends nothing for tokens that are forged, have ended, or are missing', async () => {
    const { service, post, accessToken, isLive } = await signedIn()
    const forged = `${accessToken.slice(0, -6)}AAAAAA`
    service.wait(500)
    for (const cookie of [`jwt.access=${forged}`, `jwt.access=${accessToken}`, '']) {
      expect(await (await post({ cookie })).json()).toEqual({ sessions: [] })
    }
    expect(await isLive()).toBe(true)
  })

  it('is refused to pages of other hosts, which no app sends', async () => {
    const { post, accessToken, isLive } = await signedIn()
    const response = await post({ cookie: `jwt.access=${accessToken}`, origin: APP })
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'cross_origin' }])
    expect(await isLive()).toBe(true)
  })

  it('is served on INTERNAL_PORT as well, and there to apps only', async () => {
    const { service, post, accessToken, sid } = await signedIn()
    const internal = createInternalApp(service)
    const response = await post({ cookie: `jwt.access=${accessToken}` }, internal)
    expect(await response.json()).toEqual({ sessions: [sid] })
    expect((await internal.request('/logout', { method: 'POST' })).status).toBe(404)
  })
})
