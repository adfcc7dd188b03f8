import { describe, expect, it } from 'vitest'
import {
  algorithmOf,
  isCurrent,
  isTooCostly,
  preferredHasher,
  readHash,
} from '../../../../../auth-service/src/accounts/passwords/hashers/hashers.ts'
import { naughtyStrings } from '../../../../support/naughty-strings.ts'

const PHRASE = 'correct horse battery staple'

/** All made by Django 5.2 from the same password. */
const FROM_DJANGO = [
  'pbkdf2_sha256$1000000$aAGcoUPnE8JzxJaEDC2mfR$pK7z0nGXqSq4tNIPGRmFUnVO9N7TbyK8tNqkKZaLdEs=',
  'pbkdf2_sha256$1000$VdcQB8V9GlRTAXk4qRDypc$pH3OhRUYDruxO84qKNMU60j+0/hrPNyoM8Lh8gPYYJk=',
  'pbkdf2_sha1$1000000$Z8VsDwWmOlxqk09ezATxPC$RHbecYNw7wEiB8r3LlOPiPFQg/0=',
  'argon2$argon2id$v=19$m=102400,t=2,p=8$eHdNa3dpRUlKWXhjcDhOTjQyU05nbA$oO9buRfm0fpKwmDbwbbj2/kyD4v7UFWchZF+pBfJMlE',
  'bcrypt_sha256$$2b$12$gHeBxw4Fh2THsAzO0mSgHO8zw0.lO5WHxmsVLbRkOvYw595GaSpcm',
  'bcrypt$$2b$12$fwb3SxTWjg3PDSRwNuwHtObinBOU4TlquaaOOxos4oCadAJdChRYq',
  'scrypt$16384$cFZyfl3e1m7wNjCx2pDvH3$8$5$s1AhpdMV+umYf3yTeB85SGcPZsELXU8EubKadeRHX2yu/IxHMEstm/yn0H0/gIDfxfMasCsbAs6cHt/MJ8wofA==',
] as const
const [PBKDF2, , PBKDF2_SHA1, ARGON2, BCRYPT_SHA256, BCRYPT, SCRYPT] = FROM_DJANGO

describe.each(FROM_DJANGO.map((encoded) => [algorithmOf(encoded), encoded] as const))(
  'A Django hash with %s',
  (_, encoded) => {
    it('matches the password and no near miss', () => {
      const stored = readHash(encoded)
      expect(stored?.matches(PHRASE)).toBe(true)
      for (const wrong of [`${PHRASE} `, PHRASE.slice(1), PHRASE.toUpperCase(), '']) {
        expect(stored?.matches(wrong), wrong).toBe(false)
      }
    })

    it('is rejected if any part is missing, added or malformed', () => {
      const parts = encoded.split('$')
      const spoilt = [
        encoded.slice(0, -1),
        `${encoded}=`,
        `${encoded}A`,
        `${encoded}\n`,
        `${encoded}$`,
        ` ${encoded}`,
        encoded.toUpperCase(),
        `x${encoded}`,
        ...parts.map((_, index) => parts.toSpliced(index, 1).join('$')),
        ...parts.map((_, index) => parts.with(index, '*').join('$')),
      ]
      // The salt is random.
      const salt = { pbkdf2_sha256: 2, pbkdf2_sha1: 2, scrypt: 2 }[parts[0] as string]
      const unversioned = encoded.replace('$v=19', '')
      const whole = [...(salt === undefined ? [] : [parts.with(salt, '*').join('$')]), unversioned]
      for (const text of spoilt.filter((it) => !whole.includes(it))) expect(readHash(text), text).toBeNull()
    })
  },
)

describe('A hash that is too expensive is rejected without running it', () => {
  it.each([
    PBKDF2.replace('1000000', '5000001'),
    PBKDF2.replace('1000000', '9'.repeat(30)),
    PBKDF2.replace('1000000', '0'),
    PBKDF2.replace('1000000', '-1'),
    PBKDF2.replace('1000000', '1e3'),
    PBKDF2_SHA1.replace('1000000', '9999999'),
    ARGON2.replace('m=102400', 'm=262145'),
    ARGON2.replace('m=102400', 'm=4294967295'),
    ARGON2.replace('t=2', 't=11'),
    ARGON2.replace('t=2', 't=0'),
    ARGON2.replace('p=8', 'p=33'),
    ARGON2.replace('p=8', 'p=0'),
    ARGON2.replace('m=102400', 'm=63'),
    ARGON2.replace('v=19', 'v=99'),
    BCRYPT_SHA256.replace('$12$', '$16$'),
    BCRYPT.replace('$12$', '$31$'),
    BCRYPT.replace('$12$', '$03$'),
    SCRYPT.replace('16384', '16385'),
    SCRYPT.replace('16384', '1048576'),
    SCRYPT.replace('$8$5$', '$999$5$'),
    SCRYPT.replace('$8$5$', '$8$999$'),
    SCRYPT.replace('$8$5$', '$0$5$'),
    PBKDF2.replace('aAGcoUPnE8JzxJaEDC2mfR', 'x'.repeat(129)),
    PBKDF2.replace('aAGcoUPnE8JzxJaEDC2mfR', ''),
    // An empty digest, which everything would match.
    PBKDF2.replace(/[^$]*$/, ''),
    PBKDF2.replace(/[^$]*$/, 'RHbecYNw7wEiB8r3LlOPiPFQg/0='),
    SCRYPT.replace(/[^$]*$/, 'RHbecYNw7wEiB8r3LlOPiPFQg/0='),
  ])('%s', (encoded) => {
    expect(readHash(encoded)).toBeNull()
  })
})

describe('An argon2 hash without a version is version 1.0, as in Django:', () => {
  it.each([
    // From the test suite of the reference implementation.
    'argon2$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
    'argon2$argon2i$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
  ])('%s', (encoded) => {
    expect(readHash(encoded)?.matches('password')).toBe(true)
    expect(readHash(encoded)?.matches('Password')).toBe(false)
    expect(isCurrent(encoded, preferredHasher('argon2id', 12))).toBe(false)
  })
})

it('a valid but expensive hash is distinguished from an unknown one', () => {
  for (const encoded of [
    PBKDF2.replace('1000000', '5000001'),
    PBKDF2.replace('1000000', '999999999'),
    PBKDF2_SHA1.replace('1000000', '9999999'),
    ARGON2.replace('m=102400', 'm=4294967295'),
    ARGON2.replace('t=2', 't=11'),
    ARGON2.replace('p=8', 'p=33'),
    BCRYPT_SHA256.replace('$12$', '$16$'),
    BCRYPT.replace('$12$', '$31$'),
    SCRYPT.replace('16384', '1048576'),
    SCRYPT.replace('$8$5$', '$8$999$'),
  ]) {
    expect(isTooCostly(encoded), encoded).toBe(true)
  }
  const sound = [
    ...FROM_DJANGO,
    '!',
    '',
    'md5$x$y',
    PBKDF2.replace('1000000', '0'),
    BCRYPT.replace('$12$', '$32$'),
  ]
  for (const encoded of sound) expect(isTooCostly(encoded), encoded).toBe(false)
})

it('hashes of unknown kinds are recognised as such', () => {
  const strangers = [
    '',
    '!',
    '!x4pX0Jb1',
    '$',
    'x',
    'md5$pSVML2fHfw1ecd4lUzhiJ9$e733b082952c5fcc5995ba7c8e280214',
    'sha1$salt$9d4e1e23bd5b727046a9e3b4b7db57bd8d6ee684',
    'e733b082952c5fcc5995ba7c8e280214',
    '$2b$12$fwb3SxTWjg3PDSRwNuwHtObinBOU4TlquaaOOxos4oCadAJdChRYq',
    'constructor$x',
    '__proto__$x',
  ]
  for (const text of [...strangers, ...naughtyStrings]) {
    expect(readHash(text)).toBeNull()
    expect(readHash(`pbkdf2_sha256$${text}`)).toBeNull()
    expect(readHash(`argon2$${text}`)).toBeNull()
  }
})

it('Base64 that no encoder produces matches nothing', () => {
  const salt = 'eHdNa3dpRUlKWXhjcDhOTjQyU05nbA'
  for (const other of [`${salt}eHd`, salt.replace(/A$/, 'B')]) {
    expect(readHash(ARGON2.replace(salt, other))?.matches(PHRASE)).toBe(false)
  }
})

it('plain bcrypt reads 72 bytes of a password, as in Django', () => {
  // Made by Django 5.2 from 72 times x.
  const stored = readHash('bcrypt$$2b$12$ad6fh9Gu5tEYroIfH474XebuS8ahGb2B7v8rqlZW4XCoYvoWybJN6')
  expect(stored?.matches('x'.repeat(72))).toBe(true)
  expect(stored?.matches(`${'x'.repeat(72)} and more`)).toBe(true)
  expect(stored?.matches('x'.repeat(71))).toBe(false)
})

describe.each([
  ['bcrypt_sha256', 'bcrypt_sha256', /^bcrypt_sha256\$\$2b\$05\$[./A-Za-z0-9]{53}$/],
  ['argon2id', 'argon2', /^argon2\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/],
] as const)('New hashes with PASSWORD_HASHER=%s', (name, algorithm, format) => {
  const hasher = preferredHasher(name, 5)

  it("have Django's format, a salt of their own, and match", () => {
    const [one, other] = [hasher.hash(PHRASE), hasher.hash(PHRASE)]
    expect(one).toMatch(format)
    expect(one).not.toBe(other)
    expect(algorithmOf(one)).toBe(algorithm)
    expect(readHash(one)?.matches(PHRASE)).toBe(true)
    expect(readHash(one)?.matches('another')).toBe(false)
  })

  it('are current; all other hashes are outdated', () => {
    expect(isCurrent(hasher.hash(PHRASE), hasher)).toBe(true)
    for (const encoded of [...FROM_DJANGO, '', '!', 'x$y']) expect(isCurrent(encoded, hasher)).toBe(false)
  })

  it('have a well-formed decoy of the same cost that matches nothing', () => {
    expect(isCurrent(hasher.dummy, hasher)).toBe(true)
    for (const text of ['', PHRASE, '\0']) expect(readHash(hasher.dummy)?.matches(text)).toBe(false)
  })
})
