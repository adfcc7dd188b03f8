import { createTokenVerifier } from '@latchkey/jwt-middleware'
import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { parseCookies } from '../../../../auth-service/src/platform/client/host-cookies.ts'
import type { PageOf } from '../../../../auth-service/src/platform/database/pagination.ts'
import { ROTATION_GRACE } from '../../../../auth-service/src/tokens/sessions/refresh-rotation.ts'
import type { SignedIn } from '../../../../auth-service/src/tokens/sessions/sessions.ts'
import { someNaughtyStrings } from '../../../support/naughty-strings.ts'
import { ISSUER, NOW } from '../../../support/tokens.ts'
import {
  addUser,
  DEVICE,
  type OpenService,
  onBothDatabases,
  payloadOf,
  renew,
  type TestService,
} from '../../support/services.ts'

const DAY = 86_400
const REFRESH_TTL = 5 * DAY
const SESSION_MAX_AGE = 30 * DAY

/** Ada, signed in on one device. */
async function adaSignedIn(open: OpenService) {
  const service = await open()
  const ada = await addUser(service)
  return { service, ada, first: await service.sessions.start(ada, DEVICE) }
}

async function renewed(service: TestService, token: string): Promise<SignedIn> {
  const result = await renew(service, token)
  if (!result.ok) throw new Error(result.reason)
  return result.value
}

/** Advances the clock until the next use of a current token renews it. */
const age = (service: TestService) => service.wait(ROTATION_GRACE + 1)

const OVER = { ok: false, reason: 'session_over' }
const REJECTED = { ok: false, reason: 'rejected' }

const cookie = (...tokens: string[]) => tokens.map((token) => `jwt.refresh=${token}`).join('; ')
const identity = ({ refreshToken }: SignedIn) => {
  const { sid, jti, iat, exp } = payloadOf(refreshToken)
  return { sid, jti, iat, exp }
}

onBothDatabases('A new session', (open) => {
  it('is stored, and listed with its device', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const expected = {
      id: first.session.id,
      userId: ada.id,
      ...DEVICE,
      createdAt: NOW,
      lastUsedAt: NOW,
      expiresAt: NOW + SESSION_MAX_AGE,
      authenticatedAt: NOW,
      deviceAppId: null,
    }
    expect(first.session).toEqual(expected)
    expect(await service.sessions.list(ada.id)).toEqual([expected])
  })

  it('has two tokens that the family verifies', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const { keys, now } = service
    const verifier = createTokenVerifier({ keys, issuer: ISSUER, clockTolerance: 0, now })
    const shared = { iss: ISSUER, sub: ada.uuid, sid: first.session.id, iat: NOW }
    expect(await verifier.access(first.accessToken, 'app1.demo.localhost')).toMatchObject({
      ok: true,
      value: { ...shared, exp: NOW + 300, user_email: 'ada@example.com', user_last_name: 'Lovelace' },
    })
    expect(await verifier.refresh(first.refreshToken)).toMatchObject({
      ok: true,
      value: { ...shared, aud: ISSUER, exp: NOW + REFRESH_TTL },
    })
  })

  it('has two cookies for the family and one for the auth service, all hidden from scripts', async () => {
    const { first } = await adaSignedIn(open)
    const attributes = (maxAge: number) =>
      `Domain=demo.localhost; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`
    expect(first.cookies).toEqual([
      `jwt.access=${first.accessToken}; ${attributes(300)}`,
      `jwt.refresh=${first.refreshToken}; ${attributes(REFRESH_TTL)}`,
      expect.stringMatching(
        new RegExp(`^session=[\\w-]{43}; Path=/; Max-Age=${SESSION_MAX_AGE}; HttpOnly; SameSite=Lax$`),
      ),
    ])
  })

  it('stays a browser session through all renewals if it should not outlive the browser', async () => {
    const { service, ada } = await adaSignedIn(open)
    let last = await service.sessions.start(ada, DEVICE, false)
    for (let round = 0; round < 3; round++) {
      expect(last.cookies.join()).not.toContain('Max-Age')
      expect(identity(last)).toMatchObject({ exp: NOW + round * DAY + REFRESH_TTL })
      service.wait(DAY)
      last = await renewed(service, last.refreshToken)
    }
    const kept = await service.sessions.start(ada, DEVICE)
    service.wait(DAY)
    expect((await renewed(service, kept.refreshToken)).cookies[1]).toContain(`Max-Age=${REFRESH_TTL};`)
  })

  it('returns no cookies when its row cannot be stored', async () => {
    const { service, ada } = await adaSignedIn(open)
    const { db, users } = service.database
    await db.delete(users).where(eq(users.id, ada.id))
    await expect(service.sessions.start(ada, DEVICE)).rejects.toThrow()
  })

  it('is not stored when browsers would drop its cookies', async () => {
    const service = await open()
    const created = await service.users.create({
      email: 'long@example.com',
      password: '!',
      firstName: 'x'.repeat(3000),
    })
    const user = created.ok ? created.value : null
    if (!user) throw new Error()
    await expect(service.sessions.start(user, DEVICE)).rejects.toMatchObject({ code: 'cookie_too_large' })
    expect(await service.sessions.list(user.id)).toEqual([])
  })

  it('keeps any naughty user agent unchanged that a header can have', async () => {
    const service = await open()
    const ada = await addUser(service)
    const start = async (userAgent: string) => {
      const { session } = await service.sessions.start(ada, { userAgent, address: '' })
      const stored = await service.sessions.list(ada.id)
      expect(stored).toEqual([session])
      await service.sessions.end(session.id)
      return session.userAgent
    }
    for (const text of someNaughtyStrings) {
      if (!text.includes('\0') && text.isWellFormed()) expect(await start(text)).toBe(text)
    }
  })
})

onBothDatabases('Renewal', (open) => {
  it('returns new tokens of the same session and records its use', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    service.wait(600)
    const second = await renewed(service, first.refreshToken)
    expect(second.user).toEqual(ada)
    expect(identity(second)).toEqual({
      sid: first.session.id,
      jti: expect.not.stringMatching(String(identity(first).jti)),
      iat: NOW + 600,
      exp: NOW + 600 + REFRESH_TTL,
    })
    expect(payloadOf(second.accessToken)).toMatchObject({ iat: NOW + 600, exp: NOW + 900 })
    expect(second.cookies).toHaveLength(2)
    const expected = { ...first.session, lastUsedAt: NOW + 600 }
    expect(second.session).toEqual(expected)
    expect(await service.sessions.list(ada.id)).toEqual([expected])
  })

  it('works repeatedly with the newest token', async () => {
    const { service, first } = await adaSignedIn(open)
    let token = first.refreshToken
    const seen = new Set([identity(first).jti])
    for (let round = 0; round < 10; round++) {
      service.wait(DAY)
      const next = await renewed(service, token)
      seen.add(identity(next).jti)
      token = next.refreshToken
    }
    expect(seen.size).toBe(11)
  })

  it('gives a hundred tabs with one token one successor, on two servers at once', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const beside = await open({ beside: service })
    const servers = [service, beside] as const
    age(service)
    age(beside)
    const tabs = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        renewed(servers[index % 2] as TestService, first.refreshToken),
      ),
    )
    expect(new Set(tabs.map((tab) => JSON.stringify(identity(tab)))).size).toBe(1)
    expect(identity(tabs[0] as SignedIn).jti).not.toBe(identity(first).jti)
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
    service.wait(300)
    expect(await renew(service, (tabs[99] as SignedIn).refreshToken)).toMatchObject({ ok: true })
  })

  it('works immediately after a sign-in', async () => {
    const { service, first } = await adaSignedIn(open)
    const second = await renewed(service, first.refreshToken)
    expect(identity(second).jti).not.toBe(identity(first).jti)
    expect(identity(await renewed(service, first.refreshToken))).toEqual(identity(second))
  })

  it('keeps a very new token: many tabs arrive one after the other', async () => {
    const { service, first } = await adaSignedIn(open)
    service.wait(600)
    const tabs = [await renewed(service, first.refreshToken)]
    for (let tab = 1; tab < 5; tab++) {
      tabs.push(await renewed(service, (tabs.at(-1) as SignedIn).refreshToken))
    }
    service.wait(ROTATION_GRACE)
    tabs.push(await renewed(service, (tabs.at(-1) as SignedIn).refreshToken))
    expect(new Set(tabs.map((tab) => JSON.stringify(identity(tab)))).size).toBe(1)
    service.wait(1)
    const next = await renewed(service, (tabs.at(-1) as SignedIn).refreshToken)
    expect(identity(next)).toMatchObject({ iat: NOW + 600 + ROTATION_GRACE + 1 })
  })

  it.each([0, 1, ROTATION_GRACE])(
    'with the previous token returns the same successor after %i s, since the response may have been lost',
    async (late) => {
      const { service, first } = await adaSignedIn(open)
      service.wait(600)
      const second = await renewed(service, first.refreshToken)
      service.wait(late)
      const again = await renewed(service, first.refreshToken)
      expect(identity(again)).toEqual(identity(second))
      expect(again.cookies[1]).toContain(`Max-Age=${REFRESH_TTL - late};`)
      expect(payloadOf(again.accessToken)).toMatchObject({ iat: NOW + 600 + late })
    },
  )

  it(`with the previous token after ${ROTATION_GRACE} s ends the session for all its holders`, async () => {
    const { service, ada, first } = await adaSignedIn(open)
    age(service)
    const second = await renewed(service, first.refreshToken)
    service.wait(ROTATION_GRACE + 1)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
    expect(await renew(service, second.refreshToken)).toEqual(OVER)
    expect(await service.sessions.list(ada.id)).toEqual([])
  })

  it('detects a copy that was renewed twice when its owner returns', async () => {
    const { service, first } = await adaSignedIn(open)
    age(service)
    const stolen = await renewed(service, first.refreshToken)
    age(service)
    const ahead = await renewed(service, stolen.refreshToken)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
    expect(await renew(service, ahead.refreshToken)).toEqual(OVER)
  })

  it('never ends a session because of a token that was current half a minute ago, after any number of renewals', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const beside = await open({ beside: service })
    const servers = [service, beside] as const
    // Of all tokens issued, the browser's tabs present those superseded at most 30 s ago, some of them late.
    let known = [{ token: first.refreshToken, supersededAt: Number.POSITIVE_INFINITY }]
    let clock = 0
    for (let step = 0; step < 60; step++) {
      const seconds = [0, 1, 7, 13, 29, 30, 31][step % 7] as number
      clock += seconds
      for (const server of servers) server.wait(seconds)
      known = known.filter(({ supersededAt }) => clock - supersededAt <= ROTATION_GRACE)
      const presented = Array.from({ length: 10 }, (_, index) => known[index % known.length]?.token as string)
      const answers = await Promise.all(
        presented.map((token, index) => renewed(servers[index % 2] as TestService, token)),
      )
      const newest = answers.reduce((a, b) => (Number(identity(b).iat) > Number(identity(a).iat) ? b : a))
      const same = known.find(({ token }) => payloadOf(token).jti === identity(newest).jti)
      if (!same) {
        for (const one of known) one.supersededAt = Math.min(one.supersededAt, clock)
        known.push({ token: newest.refreshToken, supersededAt: Number.POSITIVE_INFINITY })
      }
    }
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
  })

  it('warns about a late token without printing it', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    age(service)
    const second = await renewed(service, first.refreshToken)
    service.wait(ROTATION_GRACE + 1)
    await renew(service, first.refreshToken)
    expect(service.logged).toContainEqual(
      expect.objectContaining({
        event: 'refresh_token_reused',
        sid: first.session.id,
        userId: ada.id,
        level: 40,
      }),
    )
    const log = JSON.stringify(service.logged)
    for (const { refreshToken, accessToken } of [first, second]) {
      expect(log).not.toContain(refreshToken.split('.')[2])
      expect(log).not.toContain(accessToken.split('.')[2])
    }
  })

  it("keeps the user's other sessions when one ends because of token reuse", async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const phone = await service.sessions.start(ada, { userAgent: 'Phone', address: '' })
    age(service)
    await renewed(service, first.refreshToken)
    service.wait(ROTATION_GRACE + 1)
    await renew(service, first.refreshToken)
    expect(await service.sessions.list(ada.id)).toEqual([phone.session])
  })

  it('is rejected once the refresh token has expired', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    service.wait(REFRESH_TTL)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
    expect(await service.sessions.list(ada.id)).toEqual([])
    service.wait(DAY)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
  })

  it("continues when the service's clock is set back", async () => {
    const { service, first } = await adaSignedIn(open)
    service.wait(600)
    const second = await renewed(service, first.refreshToken)
    service.wait(-DAY)
    expect(identity(await renewed(service, second.refreshToken))).toEqual(identity(second))
  })

  it('stays rejected when the clock is set back afterwards', async () => {
    const { service, first } = await adaSignedIn(open)
    service.wait(REFRESH_TTL)
    expect(await renew(service, first.refreshToken), 'within the tolerance of clocks').toEqual(OVER)
    service.wait(-DAY)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)

    const bob = await addUser(service, 'bob@example.com')
    const other = await service.sessions.start(bob, DEVICE)
    service.wait(REFRESH_TTL + 60)
    expect(await renew(service, other.refreshToken)).toEqual(OVER)
    service.wait(-DAY)
    expect(await renew(service, other.refreshToken)).toEqual(OVER)
  })

  it('never extends a session beyond its maximum age', async () => {
    const { service, first } = await adaSignedIn(open)
    let last = first
    for (let day = 4; day < 30; day += 4) {
      service.wait(4 * DAY)
      last = await renewed(service, last.refreshToken)
    }
    const end = NOW + SESSION_MAX_AGE
    expect(identity(last).exp).toBe(end)
    service.wait(end - NOW - 28 * DAY - 10)
    last = await renewed(service, last.refreshToken)
    expect(payloadOf(last.accessToken).exp).toBe(end)
    expect(last.cookies.join()).toContain('Max-Age=10;')
    service.wait(10)
    expect(await renew(service, last.refreshToken)).toEqual(OVER)
  })

  it('ends the session of a disabled user', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    await service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
    await service.administration.change(ada.uuid, { isActive: true }, OPERATOR)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
  })

  it('fails for a deleted user', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const { db, users } = service.database
    await db.delete(users).where(eq(users.id, ada.id))
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
  })

  it('returns changed flags in a token with a higher version than any token without them', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const before = await renewed(service, first.refreshToken)
    await service.administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    const after = await renewed(service, first.refreshToken)
    await service.administration.change(ada.uuid, { isStaff: false }, OPERATOR)
    const last = await renewed(service, first.refreshToken)
    const told = [before, after, last].map(({ accessToken }) => {
      const { iat, user_is_staff, user_version } = payloadOf(accessToken)
      return [user_is_staff, Number(user_version) - ada.version, iat]
    })
    expect(told).toEqual([
      [false, 0, NOW],
      [true, 1, NOW],
      [false, 2, NOW],
    ])
  })

  it('returns a newly confirmed address, and makes earlier tokens stale', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    await service.users.noteVerified(ada.uuid)
    await service.users.noteVerified(ada.uuid)
    const { entries } = await service.revocations.since(0)
    expect(entries).toMatchObject([{ sid: first.session.id, version: ada.version + 1 }])
    const after = await renewed(service, first.refreshToken)
    const said = [first, after].map(({ accessToken }) => payloadOf(accessToken).email_verified)
    expect(said).toEqual([false, true])
  })

  it('with a key that cannot be looked up is an outage and ends no session', async () => {
    const { service, first } = await adaSignedIn(open)
    const [header, ...rest] = first.refreshToken.split('.')
    const other = { ...JSON.parse(Buffer.from(header ?? '', 'base64url').toString()), kid: 'made-elsewhere' }
    const token = [Buffer.from(JSON.stringify(other)).toString('base64url'), ...rest].join('.')
    expect(await renew(service, token)).toEqual(REJECTED)
    const { db, signingKeys } = service.database
    await db.delete(signingKeys)
    service.wait(60)
    await expect(renew(service, token)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await renew(service, first.refreshToken)).toMatchObject({ ok: true })
  })

  it('is rejected for anything but a refresh token of ours', async () => {
    const { service, first } = await adaSignedIn(open)
    const [header, payload, signature] = first.refreshToken.split('.')
    const other = Buffer.from(JSON.stringify({ ...payloadOf(first.refreshToken), sid: 'x' })).toString(
      'base64url',
    )
    for (const token of [
      '',
      'nonsense',
      first.accessToken,
      `${header}.${other}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature}.`,
      'x'.repeat(10_000),
    ]) {
      expect(await renew(service, token)).toEqual(REJECTED)
    }
    expect(await renew(service, first.refreshToken)).toMatchObject({ ok: true })
  })
})

onBothDatabases('Renewal by Cookie header', (open) => {
  it('reports a missing refresh token', async () => {
    const { service, first } = await adaSignedIn(open)
    const missing = { ok: false, reason: 'missing' }
    expect(await service.sessions.renewFrom(parseCookies(undefined))).toEqual(missing)
    expect(await service.sessions.renewFrom(parseCookies(`jwt.access=${first.accessToken}`))).toEqual(missing)
  })

  it('ignores foreign tokens', async () => {
    const { service, first } = await adaSignedIn(open)
    expect(await service.sessions.renewFrom(parseCookies(cookie('nonsense')))).toEqual(REJECTED)
    expect(
      await service.sessions.renewFrom(parseCookies(cookie('nonsense', first.refreshToken))),
    ).toMatchObject({
      ok: true,
    })
  })

  it('finds the live session of two sessions of a user', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const second = await service.sessions.start(ada, DEVICE)
    await service.sessions.end(first.session.id)
    const result = await service.sessions.renewFrom(
      parseCookies(cookie(first.refreshToken, second.refreshToken)),
    )
    expect(result).toMatchObject({ ok: true, value: { session: { id: second.session.id } } })
    await service.sessions.end(second.session.id)
    expect(
      await service.sessions.renewFrom(parseCookies(cookie(first.refreshToken, second.refreshToken))),
    ).toEqual(OVER)
  })

  it('accepts no tokens of two users together, and warns', async () => {
    const { service, first } = await adaSignedIn(open)
    const bob = await service.sessions.start(await addUser(service, 'bob@example.com'), DEVICE)
    const header = cookie(first.refreshToken, bob.refreshToken)
    expect(await service.sessions.renewFrom(parseCookies(header))).toEqual({
      ok: false,
      reason: 'conflicting',
    })
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'conflicting_cookies', level: 40 }),
    )
    expect(await renew(service, first.refreshToken)).toMatchObject({ ok: true })
  })

  it('ends no session for an old token beside a good one, since a thief would not hold both', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    age(service)
    const second = await renewed(service, first.refreshToken)
    age(service)
    const third = await renewed(service, second.refreshToken)
    for (const good of [third, second]) {
      for (const tokens of [
        [first.refreshToken, good.refreshToken],
        [good.refreshToken, first.refreshToken],
      ]) {
        const result = await service.sessions.renewFrom(parseCookies(cookie(...tokens)))
        expect(result.ok && identity(result.value)).toEqual(identity(third))
      }
    }
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
    expect(service.logged.filter(({ event }) => event === 'refresh_token_reused')).toEqual([])
    expect(await service.sessions.renewFrom(parseCookies(cookie(first.refreshToken)))).toEqual(OVER)
    expect(await service.sessions.list(ada.id)).toEqual([])
  })

  it('uses up none of the tokens of two users', async () => {
    const { service, first } = await adaSignedIn(open)
    const bob = await service.sessions.start(await addUser(service, 'bob@example.com'), DEVICE)
    age(service)
    await service.sessions.renewFrom(parseCookies(cookie(first.refreshToken, bob.refreshToken)))
    const { db, sessions } = service.database
    const rows = await db.select().from(sessions)
    expect(rows.map(({ rotatedAt, previousJti }) => [rotatedAt, previousJti])).toEqual([
      [NOW, null],
      [NOW, null],
    ])
  })

  it('accepts none of five tokens', async () => {
    const { service, first } = await adaSignedIn(open)
    const header = cookie(first.refreshToken, 'b', 'c', 'd', 'e')
    expect(await service.sessions.renewFrom(parseCookies(header))).toEqual({
      ok: false,
      reason: 'conflicting',
    })
  })

  it('recognises browsers with cookies from the auth service alone', async () => {
    const { service, first } = await adaSignedIn(open)
    const { areTangled } = service.sessions
    const sound = `${cookie(first.refreshToken)}; jwt.access=${first.accessToken}`
    const judged = (...headers: (string | undefined)[]) =>
      Promise.all(headers.map(parseCookies).map(areTangled))
    expect(await judged(undefined, '', sound, `${sound}; other=1`)).toEqual([false, false, false, false])
    // Invalid tokens beside them do not keep an app from recognising the user.
    const another = first.accessToken.replace(/\.[^.]+$/, `.${'A'.repeat(86)}`)
    expect(
      await judged(`${sound}; jwt.access=x`, `jwt.access=e30.e30.AAAA; ${sound}`, `jwt.refresh=; ${sound}`),
    ).toEqual([false, false, false])
    expect(await judged(`${sound}; jwt.access=${another}`)).toEqual([false])
    const bob = await service.sessions.start(await addUser(service, 'bob@example.com'), DEVICE)
    expect(
      await judged(
        `${sound}; jwt.access=${bob.accessToken}`,
        `jwt.refresh=${bob.refreshToken}; ${sound}`,
        `${sound}; jwt.access=b; jwt.access=c; jwt.access=d; jwt.access=e`,
      ),
    ).toEqual([true, true, true])
  })
})

onBothDatabases('Sessions', (open) => {
  it('are listed per user, last used first', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    service.wait(60)
    const phone = await service.sessions.start(ada, { userAgent: 'Phone', address: '' })
    await service.sessions.start(await addUser(service, 'bob@example.com'), DEVICE)
    expect((await service.sessions.list(ada.id)).map(({ id }) => id)).toEqual([
      phone.session.id,
      first.session.id,
    ])
    service.wait(60)
    await renewed(service, first.refreshToken)
    expect((await service.sessions.list(ada.id)).map(({ id }) => id)).toEqual([
      first.session.id,
      phone.session.id,
    ])
  })

  it('end on request, and stay ended', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    await service.sessions.end(first.session.id)
    await service.sessions.end(first.session.id)
    expect(await renew(service, first.refreshToken)).toEqual(OVER)
    expect(await service.sessions.list(ada.id)).toEqual([])
  })

  it('can be ended only by their own user', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const bob = await addUser(service, 'bob@example.com')
    expect(await service.sessions.endFor(bob.id, first.session.id)).toBe(false)
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
    expect(await service.sessions.endFor(ada.id, first.session.id)).toBe(true)
    expect(await service.sessions.endFor(ada.id, first.session.id)).toBe(false)
  })

  it('do not end for an invalid id, such as text that no database accepts', async () => {
    const { service, ada } = await adaSignedIn(open)
    for (const text of ['', '\0', '\uD83D', ...someNaughtyStrings]) {
      expect(await service.sessions.endFor(ada.id, text)).toBe(false)
    }
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
  })

  it('can all be ended except one', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    await service.sessions.start(ada, DEVICE)
    await service.sessions.start(ada, DEVICE)
    const bob = await addUser(service, 'bob@example.com')
    const bobs = await service.sessions.start(bob, DEVICE)
    expect(await service.sessions.endOthers(ada.id, first.session.id)).toBe(2)
    expect(await service.sessions.list(ada.id)).toEqual([first.session])
    expect(await service.sessions.list(bob.id)).toEqual([bobs.session])
  })

  it('end with either cookie of a browser that signs out', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const second = await service.sessions.start(ada, DEVICE)
    const third = await service.sessions.start(ada, DEVICE)
    await service.sessions.endFrom(parseCookies(undefined))
    await service.sessions.endFrom(parseCookies('jwt.refresh=nonsense'))
    expect(await service.sessions.list(ada.id)).toHaveLength(3)
    await service.sessions.endFrom(
      parseCookies(`${cookie(first.refreshToken)}; jwt.access=${second.accessToken}`),
    )
    expect(await service.sessions.list(ada.id)).toEqual([third.session])
  })

  it('end with the cookies of a browser that signs out, even behind cookies of a sibling host', async () => {
    const { service, ada, first } = await adaSignedIn(open)
    const [header, payload] = first.refreshToken.split('.')
    const tossed = Array.from(
      { length: 15 },
      (_, index) => `${header}.${payload}.${String(index).padStart(86, 'A')}`,
    )
    await service.sessions.endFrom(parseCookies(cookie(...tossed, 'x', 'y', first.refreshToken)))
    expect(await service.sessions.list(ada.id)).toEqual([])
  })

  it('are deleted some time after they expire, and not before', async () => {
    const { service, ada } = await adaSignedIn(open)
    service.wait(60)
    const later = await service.sessions.start(ada, DEVICE)
    service.wait(REFRESH_TTL - 61)
    expect(await service.sessions.deleteExpired()).toBe(0)
    service.wait(1)
    expect(await service.sessions.deleteExpired()).toBe(1)
    expect(await service.sessions.list(ada.id)).toEqual([later.session])
  })

  it('are signed out with three expired cookies, two of which apps may forward', async () => {
    const { sessions } = await open()
    const gone = 'Domain=demo.localhost; Path=/; Max-Age=0; HttpOnly; SameSite=Lax'
    const family = [`jwt.access=; ${gone}`, `jwt.refresh=; ${gone}`]
    expect(sessions.clearFamilyCookies()).toEqual(family)
    expect(sessions.clearCookies()).toEqual([
      ...family,
      'session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    ])
  })
})

onBothDatabases('The sessions of one user', (open) => {
  it('are at most a hundred: the one unused for longest ends, and apps and the history show it', async () => {
    const service = await open()
    const [ada, bob] = [await addUser(service), await addUser(service, 'bob@example.com')]
    const bobs = await service.sessions.start(bob, DEVICE)
    const oldest = await service.sessions.start(ada, DEVICE)
    service.wait(1)
    const used = await service.sessions.start(ada, DEVICE)
    service.wait(1)
    const sids: string[] = []
    for (let i = 2; i < 100; i++) sids.push((await service.sessions.start(ada, DEVICE)).session.id)
    expect(await service.sessions.count(ada.id)).toBe(100)
    expect((await service.revocations.since(0)).entries).toEqual([])
    service.wait(60)
    await renewed(service, oldest.refreshToken)
    const [one, other] = [
      await service.sessions.start(ada, DEVICE),
      await service.sessions.start(ada, DEVICE),
    ]
    expect(await service.sessions.count(ada.id)).toBe(100)
    const ended = (await service.revocations.since(0)).entries.map((entry) => 'sid' in entry && entry.sid)
    expect(ended).toEqual([used.session.id, expect.toBeOneOf(sids)])
    const live = (await service.sessions.list(ada.id)).map(({ id }) => id)
    for (const { session } of [oldest, one, other]) expect(live).toContain(session.id)
    expect((await service.audit.historyOf(ada.uuid, 9)).map(({ event, sid }) => [event, sid])).toEqual([
      ['surplus_session_ended', ended[1]],
      ['surplus_session_ended', ended[0]],
    ])
    expect((await service.sessions.list(bob.id)).map(({ id }) => id)).toEqual([bobs.session.id])
  })

  it('stay at most a hundred when many begin at once, even if there were more before', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { session } = await service.sessions.start(ada, DEVICE)
    const { db, sessions } = service.database
    const [row] = await db.select().from(sessions)
    if (!row) throw new Error('There is no session.')
    const more = Array.from({ length: 130 }, (_, i) => ({
      ...row,
      id: `of before ${i}`,
      lastUsedAt: NOW - 1,
    }))
    await db.insert(sessions).values(more)
    const started = await Promise.all(Array.from({ length: 10 }, () => service.sessions.start(ada, DEVICE)))
    expect(await service.sessions.count(ada.id)).toBe(100)
    const live = (await service.sessions.list(ada.id)).map(({ id }) => id)
    expect(live).toEqual(
      expect.arrayContaining([session, ...started.map(({ session }) => session)].map(({ id }) => id)),
    )
  })

  it('are listed in pages, last used first, each once', async () => {
    const service = await open()
    const ada = await addUser(service)
    const sids: string[] = []
    for (let i = 0; i < 60; i++) {
      sids.unshift((await service.sessions.start(ada, DEVICE)).session.id)
      if (i % 7 === 0) service.wait(1)
    }
    const pages: string[][] = []
    for (let after: string | null = null; ; ) {
      const which = { after, but: sids[30] ?? '' }
      const { rows, next }: PageOf<{ id: string }> = await service.sessions.page(ada.id, which)
      pages.push(rows.map(({ id }) => id))
      after = next
      if (next === null) break
    }
    expect(pages.map(({ length }) => length)).toEqual([25, 25, 9])
    expect(pages.flat().sort()).toEqual(sids.filter((sid) => sid !== sids[30]).sort())
    const all = (await service.sessions.list(ada.id)).map(({ id }) => id)
    expect(pages.flat().sort()).toEqual(all.filter((sid) => sid !== sids[30]).sort())
    for (const after of ['', 'x', '1', "1.'", '9999999999999.x']) {
      expect((await service.sessions.page(ada.id, { after })).rows).toHaveLength(25)
    }
  })
})
