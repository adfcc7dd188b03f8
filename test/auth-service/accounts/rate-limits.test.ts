import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LIFETIMES } from '../../../auth-service/src/accounts/one-time-tokens.ts'
import { type MailKind, RateLimited } from '../../../auth-service/src/accounts/rate-limits.ts'
import type { Device } from '../../../auth-service/src/platform/client/device.ts'
import { NO_COOKIES, parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { isOutage } from '../../../auth-service/src/platform/database/db-errors.ts'
import { parseEmail } from '../../../auth-service/src/platform/validation/email-address.ts'
import { NOW } from '../../support/tokens.ts'
import { onBothDatabases, type TestService } from '../support/services.ts'

const ADA = 'ada@example.com'
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// The library uses the system clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (service: TestService, seconds: number) => {
  vi.setSystemTime(Date.now() + seconds * 1000)
  service.wait(seconds)
}

/** A device in its own network and site. */
let count = 0
const stranger = (): Device => {
  count++
  return {
    userAgent: 'attacker',
    address: `2001:${(0xdb8 + (count >> 16)).toString(16)}:${(count & 0xffff).toString(16)}::1`,
  }
}

type Limits = TestService['limits']

/** The result of a wrong guess: `wrong` if it was checked, otherwise the seconds to wait. */
const guess = (limits: Limits, email: string, device: Device): Promise<'wrong' | number> =>
  limits
    .check(parseEmail(email), device, async () => false)
    .then(
      () => 'wrong' as const,
      (error) => {
        if (error instanceof RateLimited) return error.retryAfter
        throw error
      },
    )

/** Guesses until rejected; returns how many were checked, and the seconds to wait. */
async function guessOn(limits: Limits, email: string, device: () => Device = stranger) {
  for (let looked = 0; looked < 1000; looked++) {
    const outcome = await guess(limits, email, device())
    if (outcome !== 'wrong') return { looked, wait: outcome }
  }
  throw new Error('Nobody was ever refused.')
}

/** Consumes until rejected; returns how many were allowed, and the seconds to wait. */
const untilRefused = async (take: (i: number) => Promise<unknown>) => {
  for (let taken = 0; ; taken++) {
    const error = await take(taken).then(
      () => null,
      (error) => error,
    )
    if (error instanceof RateLimited) return { taken, wait: error.retryAfter }
    if (error) throw error
  }
}

onBothDatabases('Guesses at one account', (open) => {
  it('are checked five times a minute, across all networks', async () => {
    const { limits } = await open()
    expect(await guessOn(limits, ADA)).toEqual({ looked: 5, wait: 60 })
  })

  it('are rejected unchecked in every spelling of the email', async () => {
    const { limits } = await open()
    await guessOn(limits, ADA)
    const look = vi.fn(async () => true)
    for (const spelling of ['ADA@example.com', 'Ada@EXAMPLE.com', ADA]) {
      await expect(limits.check(parseEmail(spelling), stranger(), look)).rejects.toThrow(RateLimited)
    }
    expect(look).not.toHaveBeenCalled()
  })

  it('leave other accounts alone', async () => {
    const { limits } = await open()
    await guessOn(limits, ADA)
    expect(await guess(limits, 'grace@example.com', stranger())).toBe('wrong')
  })

  it('wait longer and longer: a minute, up to an hour, up to a day; at most a hundred are checked', async () => {
    const service = await open()
    const waits: number[] = []
    let looked = 0
    for (let elapsed = 0; elapsed < DAY; ) {
      const round = await guessOn(service.limits, ADA)
      looked += round.looked
      waits.push(round.wait)
      elapsed += round.wait
      pass(service, round.wait)
    }
    expect(looked).toBe(100)
    expect(waits.slice(0, 5)).toEqual([60, 60, 60, 60, HOUR - 4 * MINUTE])
    expect(Math.max(...waits)).toBeGreaterThan(18 * HOUR)
    // Everything expires with the day.
    expect((await guessOn(service.limits, ADA)).looked).toBe(5)
  })

  it('extend no wait when they are rejected', async () => {
    const service = await open()
    await guessOn(service.limits, ADA)
    for (let i = 0; i < 200; i++) await guess(service.limits, ADA, stranger())
    pass(service, 60)
    expect((await guessOn(service.limits, ADA)).looked).toBe(5)
  })

  it('are checked five times when a hundred arrive at once on two services', async () => {
    const service = await open()
    const other = await open({ beside: service })
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        guess([service, other][i % 2]?.limits as Limits, ADA, stranger()),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(5)
  })

  it('do not count when they are right', async () => {
    const { limits } = await open()
    for (let i = 0; i < 25; i++) {
      expect(await limits.check(parseEmail(ADA), stranger(), async () => true)).toBe(true)
    }
    expect((await guessOn(limits, ADA)).looked).toBe(5)
  })

  it('are checked thirty times a minute when they are right', async () => {
    const service = await open()
    const right = () => service.limits.check(parseEmail(ADA), stranger(), async () => true)
    expect(await untilRefused(right)).toEqual({ taken: 30, wait: 60 })
    pass(service, MINUTE)
    expect(await untilRefused(right)).toMatchObject({ taken: 30 })
  })

  it('use up none of the allowance for right ones when they are rejected', async () => {
    const service = await open()
    await guessOn(service.limits, ADA)
    for (let i = 0; i < 40; i++) await guess(service.limits, ADA, stranger())
    pass(service, MINUTE)
    expect(await service.limits.check(parseEmail(ADA), stranger(), async () => true)).toBe(true)
  })

  it('count together with new passwords as work', async () => {
    const { limits } = await open()
    for (let i = 0; i < 10; i++) await limits.check(parseEmail(ADA), stranger(), async () => true)
    expect(await untilRefused(() => limits.consumeWork(parseEmail(ADA), stranger()))).toEqual({
      taken: 20,
      wait: 60,
    })
    await expect(limits.check(parseEmail(ADA), stranger(), async () => true)).rejects.toThrow(RateLimited)
    await limits.consumeWork(parseEmail('grace@example.com'), stranger())
  })

  it('do not count when they could not be checked', async () => {
    const { limits } = await open()
    for (let i = 0; i < 40; i++) {
      const busy = () => Promise.reject(new Error('busy'))
      await expect(limits.check(parseEmail(ADA), stranger(), busy)).rejects.toThrow('busy')
    }
    expect((await guessOn(limits, ADA)).looked).toBe(5)
  })
})

onBothDatabases('A known device', (open) => {
  const known = async (service: TestService, email = ADA): Promise<Device> => ({
    userAgent: 'Firefox',
    address: '203.0.113.9',
    cookies: parseCookies(await service.knownDevices.remember(parseEmail(email), NO_COOKIES)),
  })

  it('lets its user in while others guess, even from the same network', async () => {
    const service = await open()
    const mine = await known(service)
    await guessOn(service.limits, ADA)
    for (let i = 0; i < 100; i++) {
      await guess(service.limits, `p${i}@example.com`, { userAgent: '', address: mine.address })
    }
    const unknown = { userAgent: 'Firefox', address: mine.address }
    await expect(service.limits.check(parseEmail(ADA), unknown, async () => true)).rejects.toThrow(
      RateLimited,
    )
    expect(await service.limits.check(parseEmail(ADA), mine, async () => true)).toBe(true)
  })

  it('counts toward its network together with the other known devices there, for all accounts', async () => {
    const service = await open()
    const emails = Array.from({ length: 400 }, (_, i) => `p${i}@example.com`)
    const devices = await Promise.all(
      emails.map(async (email) => ({ email, device: await known(service, email) })),
    )
    const right = (i: number) =>
      service.limits.check(
        parseEmail(devices[i]?.email ?? ''),
        devices[i]?.device ?? stranger(),
        async () => true,
      )
    expect(await untilRefused(right)).toEqual({ taken: 300, wait: 60 })
    pass(service, MINUTE)
    const wrong = (i: number) =>
      service.limits.check(
        parseEmail(devices[i]?.email ?? ''),
        devices[i]?.device ?? stranger(),
        async () => false,
      )
    expect(await untilRefused(wrong)).toEqual({ taken: 60, wait: 60 })
    const elsewhere = { ...(await known(service)), address: '203.0.113.10' }
    expect(await guess(service.limits, ADA, elsewhere)).toBe('wrong')
  })

  it('has as many guesses as all strangers together, and uses up none of theirs', async () => {
    const service = await open()
    const mine = await known(service)
    expect(await guessOn(service.limits, ADA, () => mine)).toEqual({ looked: 5, wait: 60 })
    expect((await guessOn(service.limits, ADA)).looked).toBe(5)
  })

  it('is one of at most eight, even for a former owner with many device cookies', async () => {
    const service = await open()
    const marked = await Promise.all(Array.from({ length: 200 }, () => known(service)))
    let looked = 0
    for (const device of marked) looked += (await guessOn(service.limits, ADA, () => device)).looked
    expect(looked).toBeLessThanOrEqual(8 * 5)
    expect(looked).toBeGreaterThan(5)
  })

  it('is unknown to every other account', async () => {
    const service = await open()
    const mine = await known(service, 'mallory@example.com')
    expect((await guessOn(service.limits, ADA, () => mine)).looked).toBe(5)
    await expect(service.limits.check(parseEmail(ADA), mine, async () => true)).rejects.toThrow(RateLimited)
  })
})

onBothDatabases('Guesses from one network', (open) => {
  /** One password at many accounts in turn. */
  async function spray(service: TestService, device: () => Device) {
    let email = 0
    return guessOn(
      {
        ...service.limits,
        check: (_, ...rest) => service.limits.check(parseEmail(`p${++email}@example.com`), ...rest),
      },
      '',
      device,
    )
  }

  it('are checked sixty times a minute across all accounts', async () => {
    const service = await open()
    const device = { userAgent: '', address: '203.0.113.9' }
    expect(await spray(service, () => device)).toEqual({ looked: 60, wait: 60 })
    expect(await guess(service.limits, ADA, { userAgent: '', address: '203.0.113.10' })).toBe('wrong')
  })

  it('count by /64 in IPv6', async () => {
    const service = await open()
    let host = 0
    const next = () => ({
      userAgent: '',
      address: `2001:db8:1:2:${(++host).toString(16)}::${host.toString(16)}`,
    })
    expect((await spray(service, next)).looked).toBe(60)
    expect(await guess(service.limits, ADA, { userAgent: '', address: '2001:db8:1:3::1' })).toBe('wrong')
  })

  /** A device in the next network of one /48. */
  const networksOf48 = () => {
    let network = 0
    return () => ({ userAgent: '', address: `2001:db8:7:${(++network).toString(16)}::1` })
  }

  it('are checked three times as often in one IPv6 /48, across all its networks', async () => {
    const service = await open()
    expect(await spray(service, networksOf48())).toEqual({ looked: 180, wait: 60 })
    expect(await guess(service.limits, ADA, { userAgent: '', address: '2001:db8:8::1' })).toBe('wrong')
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'too_many_tries', what: 'password', whose: 'site' }),
    )
  })

  it('leave known devices in their /48 alone', async () => {
    const service = await open()
    const next = networksOf48()
    await spray(service, next)
    const stranger = next()
    await expect(service.limits.check(parseEmail(ADA), stranger, async () => true)).rejects.toThrow(
      RateLimited,
    )
    const known = {
      ...stranger,
      cookies: parseCookies(await service.knownDevices.remember(parseEmail(ADA), NO_COOKIES)),
    }
    expect(await service.limits.check(parseEmail(ADA), known, async () => true)).toBe(true)
  })

  it('do not affect neighbours in IPv4', async () => {
    const service = await open()
    let host = 0
    const next = () => ({ userAgent: '', address: `203.0.113.${++host % 256}` })
    for (let i = 0; i < 200; i++) {
      expect(await guess(service.limits, `p${i}@example.com`, next())).toBe('wrong')
    }
  })

  it('count together behind a local proxy that sends no client address', async () => {
    const service = await open()
    let host = 0
    const addresses = ['127.0.0.1', '::1', '127.0.0.2']
    const device = () => ({ userAgent: '', address: addresses[++host % 3] ?? '', viaProxy: true })
    expect(await spray(service, device)).toEqual({ looked: 60, wait: 60 })
    expect(await guess(service.limits, ADA, { userAgent: '', address: '127.0.0.1' })).toBe('wrong')
  })

  it('do not count when they are right: a whole office can sign in at nine', async () => {
    const service = await open()
    const device = { userAgent: '', address: '203.0.113.9' }
    for (let i = 0; i < 200; i++) {
      expect(await service.limits.check(parseEmail(`p${i}@example.com`), device, async () => true)).toBe(true)
    }
  })

  it('count only toward the account when they come from this machine', async () => {
    const service = await open()
    for (const address of ['127.0.0.1', '::1', '']) {
      for (let i = 0; i < 100; i++) {
        expect(await guess(service.limits, `${address}${i}@example.com`, { userAgent: '', address })).toBe(
          'wrong',
        )
      }
    }
    expect((await guessOn(service.limits, ADA, () => ({ userAgent: '', address: '127.0.0.1' }))).looked).toBe(
      5,
    )
  })
})

onBothDatabases('Emails and new accounts', (open) => {
  const device = { userAgent: '', address: '203.0.113.9' }
  it('are limited to five per address in ten minutes, and do not count as guesses', async () => {
    const { limits } = await open()
    expect(
      await untilRefused(() => limits.consumeMail('reset_password', parseEmail(ADA), stranger())),
    ).toEqual({
      taken: 5,
      wait: 600,
    })
    expect((await guessOn(limits, ADA)).looked).toBe(5)
  })

  it('count together for one mailbox, across all tags of its address; guesses do not', async () => {
    const service = await open()
    const { limits } = service
    const tagged = [
      'ada@example.com',
      'ada+1@example.com',
      'ADA+2@example.com',
      'ada+a+b@example.com',
      'ada+@example.com',
    ]
    for (const email of tagged) await limits.consumeMail('reset_password', parseEmail(email), stranger())
    for (const email of [...tagged, 'ada+new@example.com']) {
      await expect(limits.consumeMail('reset_password', parseEmail(email), stranger())).rejects.toThrow(
        RateLimited,
      )
    }
    for (const email of ['grace+1@example.com', 'ada+1@example.org']) {
      await limits.consumeMail('reset_password', parseEmail(email), stranger())
    }
    expect(await guessOn(limits, 'ada+1@example.com')).toMatchObject({ looked: 5 })
    expect(await guess(limits, 'ada+2@example.com', stranger())).toBe('wrong')
  })

  it("continue at one an hour after strangers used up an address's ten per day", async () => {
    const service = await open()
    const attack = async () =>
      untilRefused(() => service.limits.consumeMail('reset_password', parseEmail(ADA), stranger()))
    for (let taken = 0; taken < 10; ) {
      taken += (await attack()).taken
      pass(service, 10 * MINUTE)
    }
    expect(await attack()).toEqual({ taken: 1, wait: HOUR })
    pass(service, HOUR)
    expect(await attack()).toEqual({ taken: 1, wait: HOUR })
    pass(service, DAY)
    expect(await attack()).toEqual({ taken: 5, wait: 10 * MINUTE })
  })

  it('use up no useful allowance when they are useless', async () => {
    const { limits } = await open()
    await untilRefused(() => limits.consumeMail('welcome', parseEmail(ADA), stranger()))
    await untilRefused(() => limits.consumeMail('sign_in', parseEmail(ADA), stranger()))
    expect(
      await untilRefused(() => limits.consumeMail('reset_password', parseEmail(ADA), stranger())),
    ).toMatchObject({
      taken: 5,
    })
  })

  it('are limited, but the last password reset link sent still works', async () => {
    const service = await open()
    let mailed = Number.NEGATIVE_INFINITY
    const ask = async (kind: MailKind, at: number, address: string) => {
      const refusal = await service.limits
        .consumeMail(kind, parseEmail(ADA), { userAgent: '', address })
        .catch((error) => error)
      if (!refusal && kind === 'reset_password') mailed = at
    }
    for (let elapsed = 0; elapsed < DAY; elapsed += 5 * MINUTE) {
      await ask('welcome', elapsed, '203.0.113.9')
      await ask('reset_password', elapsed, '203.0.113.9')
      if (elapsed % (30 * MINUTE) === 0) {
        await ask('reset_password', elapsed, '198.51.100.1')
        expect(elapsed - mailed).toBeLessThanOrEqual(LIFETIMES.reset_password)
      }
      pass(service, 5 * MINUTE)
    }
  })

  it('have a limit of their own on a known device, which strangers cannot use up', async () => {
    const service = await open()
    await untilRefused(() => service.limits.consumeMail('reset_password', parseEmail(ADA), stranger()))
    const mine = {
      ...device,
      cookies: parseCookies(await service.knownDevices.remember(parseEmail(ADA), NO_COOKIES)),
    }
    expect(
      await untilRefused(() => service.limits.consumeMail('reset_password', parseEmail(ADA), mine)),
    ).toEqual({
      taken: 5,
      wait: 600,
    })
    const anothers = {
      ...device,
      cookies: parseCookies(
        await service.knownDevices.remember(parseEmail('mallory@example.com'), NO_COOKIES),
      ),
    }
    expect(
      await untilRefused(() => service.limits.consumeMail('reset_password', parseEmail(ADA), anothers)),
    ).toMatchObject({
      taken: 0,
    })
  })

  it('are allowed three times as often per IPv6 /48, each', async () => {
    const { limits } = await open()
    const from = (i: number) => ({ userAgent: '', address: `2001:db8:7:${i.toString(16)}::1` })
    const mail = (i: number) => limits.consumeMail('reset_password', parseEmail(`p${i}@example.com`), from(i))
    expect(await untilRefused(mail)).toEqual({ taken: 180, wait: 60 })
    expect(await untilRefused((i) => limits.consumeRegistration(from(i)))).toEqual({ taken: 180, wait: 60 })
    await limits.consumeRegistration({ userAgent: '', address: '2001:db8:8::1' })
  })

  it('are limited to sixty a minute per network, each', async () => {
    const { limits } = await open()
    const mail = (i: number) => limits.consumeMail('reset_password', parseEmail(`p${i}@example.com`), device)
    expect(await untilRefused(mail)).toEqual({ taken: 60, wait: 60 })
    expect(await untilRefused(() => limits.consumeRegistration(device))).toEqual({
      taken: 60,
      wait: 60,
    })
  })
})

onBothDatabases('The table of rate limits', (open) => {
  const rows = async ({ database }: TestService): Promise<{ key: string; expire: unknown }[]> => {
    const query = sql`SELECT key, expire FROM rate_limits`
    const { db } = database as unknown as {
      db: { all?: (q: unknown) => never; execute: (q: unknown) => Promise<never> }
    }
    return db.all ? db.all(query) : ((await db.execute(query)) as { rows: never }).rows
  }

  it('holds neither emails nor addresses, and at most a million keys of a kind', async () => {
    const service = await open()
    for (let i = 0; i < 50; i++) {
      await guess(service.limits, `person-${i}@example.com`, { userAgent: '', address: `203.0.113.${i}` })
    }
    const keys = (await rows(service)).map(({ key }) => key)
    expect(keys).toHaveLength(500)
    for (const key of keys)
      expect(key).toMatch(/^(password|work):(email|network):(60|3600|86400):[0-9a-z]{1,4}$/)
    for (const key of keys) expect(Number.parseInt(key.split(':').at(-1) ?? '', 36)).toBeLessThan(2 ** 20)
  })

  it('keeps no emails from a flood beyond what its network may try', async () => {
    const service = await open()
    for (let i = 0; i < 200; i++) {
      await guess(service.limits, `p${i}@example.com`, { userAgent: '', address: '203.0.113.9' })
    }
    expect(await rows(service)).toHaveLength(5 + 60 * 5)
  })

  it('is cleaned of expired entries', async () => {
    const service = await open()
    await guess(service.limits, ADA, stranger())
    expect(await rows(service)).toHaveLength(15)
    pass(service, MINUTE)
    await service.limits.deleteExpired()
    expect(await rows(service)).toHaveLength(9)
    pass(service, DAY)
    await service.limits.deleteExpired()
    expect(await rows(service)).toEqual([])
  })

  it('is there with all its entries for the next service that starts', async () => {
    const service = await open()
    await guessOn(service.limits, ADA)
    expect(typeof (await guess((await open({ beside: service })).limits, ADA, stranger()))).toBe('number')
  })
})

onBothDatabases('An unavailable database', (open) => {
  it('is an outage, and no password is checked', async () => {
    const service = await open()
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const { createLimits } = await import('../../../auth-service/src/accounts/rate-limits.ts')
    const limits = createLimits({
      ...service,
      database: {
        rateLimits: {
          limiter: () => ({ consume: () => Promise.reject(error), reward: () => Promise.reject(error) }),
          deleteExpired: () => Promise.reject(error),
        },
      },
    })
    const look = vi.fn(async () => true)
    const refusal = await limits.check(parseEmail(ADA), stranger(), look).catch((error) => error)
    expect(isOutage(refusal)).toBe(true)
    expect(look).not.toHaveBeenCalled()
  })
})
