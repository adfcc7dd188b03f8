import { describe, expect, it } from 'vitest'
import { createSeal, type SealOptions } from '../../../jwt-middleware/src/oidc/seal.ts'
import type { OidcSession } from '../../../jwt-middleware/src/oidc/sealed-session.ts'
import { createSessionCookie } from '../../../jwt-middleware/src/oidc/session-cookie.ts'

const NAME = '__Host-latchkey.session'

const SESSION: OidcSession = {
  id: 'own-1',
  sub: '0b6f1c2e-4a86-4d62-9f5c-0a1b2c3d4e5f',
  providerSid: null,
  began: 1,
  issuedAt: 2,
  freshUntil: 3,
  accessToken: 'access',
  refreshToken: null,
  user: {
    email: 'ada@example.com',
    emailVerified: true,
    firstName: 'Ada',
    lastName: 'Lövelace',
    isStaff: false,
    isSuperuser: true,
    groups: ['editors', '編集者'],
  },
}

const sealOf = (changes: Partial<SealOptions> = {}) =>
  createSeal({ clientSecret: 'secret', context: 'issuer client', purpose: 'session', ...changes })

function open(seal = sealOf()) {
  const warned: object[] = []
  const cookie = createSessionCookie({
    name: NAME,
    secure: true,
    seal,
    warn: (fields) => void warned.push(fields),
  })
  return { ...cookie, warned }
}

describe('The cookie of a session', () => {
  it('has the whole session, and differs each time', async () => {
    const { write, open: read, in: inHeader } = open()
    const [one, other] = [await write(SESSION), await write(SESSION)]
    expect(one?.value).not.toBe(other?.value)
    expect(await read(one?.value as string)).toEqual(SESSION)
    expect(await inHeader(`a=b; ${NAME}=${one?.value}; ${NAME}=nonsense`)).toEqual([SESSION])
  })

  it.each<[string, Partial<SealOptions>]>([
    ['another secret', { clientSecret: 'other' }],
    ['another app or auth service', { context: 'issuer other' }],
    ['another purpose', { purpose: 'sign-in' }],
  ])('is unreadable with %s', async (_, changes) => {
    const written = await open(sealOf(changes)).write(SESSION)
    expect(await open().open(written?.value as string)).toBeNull()
  })

  it('is unreadable once any of its characters has changed', async () => {
    const { write, open: read } = open()
    const value = (await write(SESSION))?.value as string
    for (const at of [...Array(value.length).keys()].filter(
      (at) => at % 7 === 0 || at === value.length - 1,
    )) {
      if (value[at] === '.') continue
      const changed = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)
      expect(await read(changed), `character ${at}`).toBeNull()
    }
  })

  it('is that of one version', async () => {
    const seal = sealOf()
    expect(await open().open(await seal.seal([2, 'own-1']))).toBeNull()
    expect(await open().open(await seal.seal({ id: 'own-1' }))).toBeNull()
  })

  it('is not written if browsers would drop it', async () => {
    const { write, warned } = open()
    const groups = Array.from({ length: 50 }, (_, at) => `${at} ${'x'.repeat(60)}`)
    expect(await write({ ...SESSION, user: { ...SESSION.user, groups } })).toBeNull()
    expect(warned).toEqual([
      { event: 'oidc_session_too_large', groups: 50, setting: 'the groups of the user' },
    ])
  })
})
