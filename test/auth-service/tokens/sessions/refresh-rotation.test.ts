import { expect, it } from 'vitest'
import { unixTime } from '../../../../auth-service/src/platform/clock.ts'
import {
  createRotation,
  ROTATION_GRACE,
  type Rotate,
} from '../../../../auth-service/src/tokens/sessions/refresh-rotation.ts'
import { NOW } from '../../../support/tokens.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases, payloadOf } from '../../support/services.ts'

async function adaSignedIn(open: OpenService, isPersistent = true) {
  const service = await open()
  const { refreshToken, session } = await service.sessions.start(await addUser(service), DEVICE, isPersistent)
  const { sid, jti } = payloadOf(refreshToken) as { sid: string; jti: string }
  const rotation = createRotation(service)
  const rotate = (presented: Parameters<Rotate>[0]) => rotation(presented, unixTime(service.now))
  return { service, session, claims: { sid, jti }, rotate }
}

// The effect on users is tested in sessions.test.ts.
onBothDatabases('Rotation', (open) => {
  it.each([true, false])(
    'replaces the token, records the use, and changes nothing else (persistent: %s)',
    async (isPersistent) => {
      const { service, session, claims, rotate } = await adaSignedIn(open, isPersistent)
      service.wait(600)
      expect(await rotate(claims)).toEqual({
        ...session,
        isPersistent,
        accessTtl: 300,
        currentJti: expect.not.stringMatching(claims.jti),
        previousJti: claims.jti,
        rotatedAt: NOW + 600,
        lastUsedAt: NOW + 600,
        idleExpiresAt: NOW + 600 + service.config.refreshTtl,
        amr: 'pwd',
        secretHash: expect.any(String),
      })
    },
  )

  it('gives a hundred uses of one token one successor', async () => {
    const { service, claims, rotate } = await adaSignedIn(open)
    service.wait(600)
    const rows = await Promise.all(Array.from({ length: 100 }, () => rotate(claims)))
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(1)
  })

  it('accepts the previous token during the grace period, and never a token of another session', async () => {
    const { service, claims, rotate } = await adaSignedIn(open)
    service.wait(600)
    const next = await rotate(claims)
    service.wait(ROTATION_GRACE)
    expect(await rotate(claims)).toEqual(next)
    service.wait(1)
    expect(await rotate(claims)).toBeNull()
    expect(await rotate({ ...claims, jti: 'another' })).toBeNull()
    expect(await rotate({ ...claims, sid: 'another' })).toBeNull()
  })

  it('makes no token young again when the clock is set back', async () => {
    const { service, claims, rotate } = await adaSignedIn(open)
    service.wait(600)
    await rotate(claims)
    service.wait(-ROTATION_GRACE)
    expect(await rotate(claims), 'as far as the clocks of two servers may differ').not.toBeNull()
    service.wait(-1)
    expect(await rotate(claims)).toBeNull()
  })

  it('ends with the session', async () => {
    const { service, claims, rotate } = await adaSignedIn(open)
    service.wait(service.config.refreshTtl)
    expect(await rotate(claims)).toBeNull()
  })
})
