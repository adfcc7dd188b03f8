import * as client from 'openid-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CALLBACK, openOidcSite, registerClient, relyingParty, walk } from '../support/relying-party.ts'

afterEach(() => vi.useRealTimers())

describe('The code flow', () => {
  it('signs in a user of the family without a form', async () => {
    const site = await openOidcSite()
    const partner = await registerClient(site.service, { first_party: true })
    const rp = await relyingParty(site, partner)
    const ada = await site.signedIn()
    const { url, finish } = await rp.begin()
    const callback = await walk(ada, url.href)
    expect(callback).toContain(`${CALLBACK}?code=`)
    expect(new URL(callback).searchParams.get('iss')).toBe(site.origin)
    const tokens = await finish(callback)
    const user = await site.service.users.findByEmail('ada@example.com')
    expect(tokens.claims()).toMatchObject({
      iss: site.origin,
      aud: partner.clientId,
      sub: user?.uuid,
      email: 'ada@example.com',
      given_name: 'Ada',
      family_name: 'Lovelace',
      name: 'Ada Lovelace',
    })
    const info = await client.fetchUserInfo(rp.config, tokens.access_token, user?.uuid as string)
    expect(info).toMatchObject({ email: 'ada@example.com', groups: [], is_staff: false })
    const renewed = await client.refreshTokenGrant(rp.config, tokens.refresh_token as string)
    expect(renewed.claims()?.sub).toBe(user?.uuid)
  })

  it('renews the session of the family once that is due, and not for each app that opens', async () => {
    const site = await openOidcSite()
    const rp = await relyingParty(site, await registerClient(site.service, { first_party: true }))
    const ada = await site.signedIn()
    const authorize = async () => {
      const { url } = await rp.begin()
      const answer = await ada.get(url.href)
      expect(answer.location).toContain(`${CALLBACK}?code=`)
      return answer.headers.getSetCookie().map((line) => line.split('=', 1)[0])
    }
    const soon = site.service.config.accessTtl / 2
    expect((await authorize()).filter((name) => /access|refresh/.test(name ?? ''))).toEqual([])
    site.wait(soon + 1)
    expect(await authorize()).toEqual(
      expect.arrayContaining([expect.stringMatching(/\.access$/), expect.stringMatching(/\.refresh$/)]),
    )
    expect((await authorize()).filter((name) => /access|refresh/.test(name ?? ''))).toEqual([])

    // A session that has ended is not one, however new its cookies are.
    const user = await site.service.users.findByEmail('ada@example.com')
    await site.service.sessions.endAll(user?.id as number)
    const { url } = await rp.begin()
    expect((await ada.get(url.href)).location).not.toContain('code=')
  })
})
