import { availableParallelism } from 'node:os'
import { afterAll, describe, expect, it, vi } from 'vitest'
import {
  createPasswords,
  MAX_WAITING,
  type PasswordOptions,
  type Passwords,
  PasswordsBusy,
} from '../../../../auth-service/src/accounts/passwords/passwords.ts'
import { requesterOf } from '../../../../auth-service/src/accounts/rate-limits.ts'
import { parseEmail } from '../../../../auth-service/src/platform/validation/email-address.ts'
import { cpuTime } from '../../../support/cpu-time.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'

vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>()
  return { ...os, availableParallelism: vi.fn(os.availableParallelism) }
})

/** The passwords of a machine with one core, which are hashed one after the other. */
function onOneCore(options: PasswordOptions): Passwords {
  vi.mocked(availableParallelism).mockReturnValueOnce(1)
  return createPasswords(options)
}

const passwords = createPasswords({ cost: 4 })
afterAll(() => passwords.close())

const PHRASE = 'correct horse battery staple'
/** Made by Django 5.2, with BCryptSHA256PasswordHasher. */
const FROM_DJANGO = 'bcrypt_sha256$$2b$12$.48E6x7WG.TVaLZfTT/3xu.JYuqWqFBeQQBmRjRnkwLyw7sVJj8iK'

describe('A password hash', () => {
  it("has the format of Django's BCryptSHA256PasswordHasher, at cost 12", async () => {
    const usual = createPasswords()
    expect(await usual.hash(PHRASE)).toMatch(/^bcrypt_sha256\$\$2b\$12\$[./A-Za-z0-9]{53}$/)
    await usual.close()
  })

  it('made by Django is understood', async () => {
    expect(await passwords.check(PHRASE, FROM_DJANGO)).toBe(true)
    expect(await passwords.check(`${PHRASE}r`, FROM_DJANGO)).toBe(false)
  })

  it('by another bcrypt implementation with the same digest is understood', async () => {
    // crypt(sha256_hex(…), "$2b$04$abcdefghijklmnopqrstuu") of libxcrypt.
    const encoded = 'bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuaBT8mpw5tGdD3eO40znWcQP/dT9hEVK'
    expect(await passwords.check(PHRASE, encoded)).toBe(true)
  })

  it('is salted: no two are equal', async () => {
    const [one, other] = await Promise.all([passwords.hash(PHRASE), passwords.hash(PHRASE)])
    expect(one).not.toBe(other)
    expect(await passwords.check(PHRASE, one)).toBe(true)
    expect(await passwords.check(PHRASE, other)).toBe(true)
  })
})

describe('Two passwords', () => {
  it('that differ only at byte 73 are different, although bcrypt reads 72', async () => {
    const shared = 'x'.repeat(72)
    const encoded = await passwords.hash(`${shared}a`)
    expect(await passwords.check(`${shared}a`, encoded)).toBe(true)
    expect(await passwords.check(`${shared}b`, encoded)).toBe(false)
    expect(await passwords.check(shared, encoded)).toBe(false)
  })

  it('that differ only after a NUL are different, although bcrypt stops there', async () => {
    const encoded = await passwords.hash('before\0after')
    expect(await passwords.check('before\0after', encoded)).toBe(true)
    expect(await passwords.check('before\0other', encoded)).toBe(false)
  })

  it('that differ only in Unicode composition are equal: keyboards compose differently', async () => {
    const encoded = await passwords.hash('caf\u00E9 \uFB01le')
    expect(await passwords.check('cafe\u0301 file', encoded)).toBe(true)
  })

  it('that Django told apart stay different: Django hashes the input as typed', async () => {
    // Made by Django 5.2 from the decomposed form, which keyboards do not produce.
    const encoded = 'pbkdf2_sha256$1000$DFd3xIg9x2QcbfvK9atJRB$I8EZdbkIeaHFFqSrR6rG4GOccHwr2/sbnhRhG9N97Mk='
    expect(await passwords.check('cafe\u0301 au lait', encoded)).toBe(true)
    expect(await passwords.check('caf\u00E9 au lait', encoded)).toBe(false)
    expect(await passwords.check('cafe au lait', encoded)).toBe(false)
  })

  it('that differ in case or white space are different', async () => {
    const encoded = await passwords.hash('Some words')
    expect(await passwords.check('some words', encoded)).toBe(false)
    expect(await passwords.check('Some words ', encoded)).toBe(false)
  })
})

describe('Checking a password', () => {
  it('against no hash, or one of an unknown kind, returns false', async () => {
    for (const encoded of [
      null,
      '',
      '!',
      'x',
      'pbkdf2_sha256$1000000$salt$hash',
      'md5$pSVML2fHfw1ecd4lUzhiJ9$e733b082952c5fcc5995ba7c8e280214',
      'bcrypt_sha256$',
      'bcrypt_sha256$$2b$04$short',
      `!${FROM_DJANGO}`,
    ]) {
      expect(await passwords.check(PHRASE, encoded)).toBe(false)
      expect(await passwords.check('', encoded)).toBe(false)
    }
  })

  it.each(['bcrypt_sha256', 'argon2id'] as const)(
    'against no hash takes as long as against a new hash of %s',
    async (hasher) => {
      const costly = onOneCore({ hasher, cost: 10 })
      const encoded = await costly.hash(PHRASE)
      const timed = (hash: string | null) => cpuTime(() => costly.check('wrong', hash))
      const times = { real: [] as number[], dummy: [] as number[], unusable: [] as number[] }
      for (let round = 0; round < 9; round++) {
        times.real.push(await timed(encoded))
        times.dummy.push(await timed(null))
        times.unusable.push(await timed('!'))
      }
      await costly.close()
      for (const other of [times.dummy, times.unusable]) {
        const ratio = Math.min(...other) / Math.min(...times.real)
        expect(ratio).toBeGreaterThan(0.5)
        expect(ratio).toBeLessThan(2)
      }
    },
  )

  it('accepts any naughty string as a password', async () => {
    const texts = naughtyStrings.filter((_, index) => index % 5 === 0)
    for (const text of texts) expect(await passwords.check(text, await passwords.hash(text))).toBe(true)
  })
})

it('argon2id is used for new hashes, and older hashes still work', async () => {
  const modern = createPasswords({ hasher: 'argon2id' })
  const encoded = await modern.hash(PHRASE)
  expect(encoded).toMatch(/^argon2\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await modern.check(PHRASE, encoded)).toBe(true)
  expect(await modern.check(PHRASE, FROM_DJANGO)).toBe(true)
  expect(await modern.check('wrong', FROM_DJANGO)).toBe(false)
  const right = { matches: true }
  expect(await modern.compare(PHRASE, encoded)).toEqual({ ...right, isOutdated: false })
  expect(await modern.compare(PHRASE, FROM_DJANGO)).toEqual({ ...right, isOutdated: true })
  await modern.close()
})

it('a hash with another cost or algorithm than new ones is outdated', async () => {
  const compare = (encoded: string | null) => passwords.compare(PHRASE, encoded)
  expect(await compare(await passwords.hash(PHRASE))).toEqual({ matches: true, isOutdated: false })
  expect(await compare(FROM_DJANGO), 'cost 12 here, where new ones have 4').toEqual({
    matches: true,
    isOutdated: true,
  })
  expect(await compare('!')).toEqual({ matches: false, isOutdated: true })
  expect(await compare(null)).toEqual({ matches: false, isOutdated: true })
})

describe('The worker pool', () => {
  it('keeps the main thread free while it works', async () => {
    const costly = onOneCore({ cost: 11 })
    await costly.hash('warm')
    let turns = 0
    const ticking = setInterval(() => turns++, 1)
    await costly.hash(PHRASE)
    clearInterval(ticking)
    await costly.close()
    expect(turns).toBeGreaterThan(5)
  })

  it('returns each caller its own result', async () => {
    const words = Array.from({ length: 40 }, (_, index) => `word number ${index}`)
    const hashes = await Promise.all(words.map((word) => passwords.hash(word)))
    const matches = await Promise.all(
      hashes.map((hash, index) => passwords.check(`word number ${index - (index % 2)}`, hash)),
    )
    expect(matches).toEqual(words.map((_, index) => index % 2 === 0))
  })

  it('rejects at once what would wait too long, and accepts passwords again later', async () => {
    const single = onOneCore({ cost: 4 })
    const asked = Array.from({ length: 1 + MAX_WAITING }, () => single.check(PHRASE, null))
    // The newest request of a client is the one that is rejected.
    await expect(single.check(PHRASE, null)).rejects.toThrow(PasswordsBusy)
    await expect(single.hash(PHRASE)).rejects.toMatchObject({ code: 'passwords_busy' })
    expect(new Set(await Promise.all(asked))).toEqual(new Set([false]))
    expect(await single.check(PHRASE, null)).toBe(false)
    await single.close()
  })

  it('delays only the client that fills the queue: others are served in between', async () => {
    const single = onOneCore({ cost: 4 })
    const settled: string[] = []
    const ask = (network: string, account: string) =>
      single.check(PHRASE, null, { site: network, network, account }).then(
        () => settled.push(`${account} served`),
        (error) => settled.push(`${account} ${error.code}`),
      )
    const crowd = Array.from({ length: 1 + MAX_WAITING }, (_, at) => ask('198.51.100.1', `crowd ${at}`))
    await Promise.all([...crowd, ask('203.0.113.9', 'ada'), ask('198.51.100.1', 'neighbour')])
    const refused = settled.filter((line) => line.endsWith('passwords_busy'))
    expect(refused).toHaveLength(2)
    for (const line of refused) expect(line).toMatch(/^(crowd|neighbour) /)
    // One is running, and one of the others can be next.
    expect(settled.filter((line) => line.endsWith('served')).indexOf('ada served')).toBeLessThanOrEqual(2)
    await single.close()
  })

  it('does not prefer an account that fills a network over others there', async () => {
    const single = onOneCore({ cost: 4 })
    const served: string[] = []
    const ask = (account: string) =>
      single.hash(PHRASE, { site: '198.51.100.1', network: '198.51.100.1', account }).then(
        () => served.push(account),
        (error) => expect(error).toBeInstanceOf(PasswordsBusy),
      )
    const attacker = Array.from({ length: 2 * MAX_WAITING }, () => ask('mallory'))
    await Promise.all([...attacker, ask('ada'), ask('grace')])
    expect(served.indexOf('ada')).toBeLessThanOrEqual(3)
    expect(served.indexOf('grace')).toBeLessThanOrEqual(4)
    expect(served.indexOf('ada')).toBeGreaterThan(-1)
    await single.close()
  })

  it('gives a site of many networks one share, so that a stranger with a /48 locks no one out', async () => {
    const single = onOneCore({ cost: 4 })
    const settled: string[] = []
    const ask = (name: string, address: string) =>
      single
        .check(PHRASE, null, requesterOf(parseEmail(`${name}@example.com`), { userAgent: '', address }))
        .then(
          () => settled.push(`${name} served`),
          (error) => settled.push(`${name} ${error.code}`),
        )
    const crowd = Array.from({ length: 1 + MAX_WAITING }, (_, at) =>
      ask(`crowd${at}`, `2001:db8:1:${at.toString(16)}::1`),
    )
    await Promise.all([...crowd, ask('ada', '2001:db8:2:1::1'), ask('grace', '203.0.113.9')])
    const served = settled.filter((line) => line.endsWith('served'))
    expect(settled).toHaveLength(crowd.length + 2)
    expect(served.indexOf('ada served')).toBeGreaterThan(-1)
    expect(served.indexOf('ada served')).toBeLessThanOrEqual(3)
    expect(served.indexOf('grace served')).toBeGreaterThan(-1)
    expect(served.indexOf('grace served')).toBeLessThanOrEqual(3)
    await single.close()
  })

  it('rejects input that cannot be hashed, and continues', async () => {
    const single = onOneCore({ cost: 4 })
    await expect(single.hash(42 as never)).rejects.toThrow()
    expect(await single.check(PHRASE, await single.hash(PHRASE))).toBe(true)
    await single.close()
  })

  it('leaves no caller waiting once closed', async () => {
    const closing = onOneCore({ cost: 12 })
    const asked = [closing.hash('one'), closing.hash('two')]
    const settled = Promise.allSettled(asked)
    await closing.close()
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(closing.check('three', null)).rejects.toThrow('closed')
  })
})

it('impossible and unknown options are rejected at once', () => {
  for (const options of [
    { cost: 3 },
    { cost: 16 },
    { cost: 4.5 },
    { threads: 1 },
    { rounds: 12 },
    { hasher: 'md5' },
  ]) {
    expect(() => createPasswords(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    )
  }
})
