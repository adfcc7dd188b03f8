import { RateLimiterRes } from 'rate-limiter-flexible'
import { type Device, networkOfDevice, siteOfDevice } from '../platform/client/device.ts'
import type { Config } from '../platform/config/config.ts'
import { createKeyedHash } from '../platform/crypto/keyed-hash.ts'
import type { Database } from '../platform/database/database.ts'
import type { RateLimiter } from '../platform/database/rate-limit-store.ts'
import type { Log } from '../platform/logging/logger.ts'
import { canonicalEmail, withoutTag } from '../platform/validation/email-address.ts'
import type { KnownDevices } from './known-devices.ts'

/** Limits of how often somebody may try: a password, a code, a mail, a new account. Counted across all processes. */
export interface Limits {
  /**
   * Whether a password or a code is right, or who it is of: what `look` finds, nothing where it is wrong. Each that is
   * wrong counts, for the account (there need be none of that e-mail) and for the network it came from, before it is
   * looked at. On a device that is known to the account, its own tries count instead, and among those of known devices of
   * its network, so that nobody can be locked out who signed in there before. Right ones are only counted as work, which
   * has a far higher limit.
   * @throws TooManyTries
   */
  check<Found>(email: string, device: Device, look: () => Promise<Found>): Promise<Found>
  /**
   * Counts a mail of one kind to somebody, who need have no account.
   * @throws TooManyTries
   */
  takeMail(kind: MailKind, email: string, device: Device): Promise<void>
  /**
   * Counts a new account, for the network alone.
   * @throws TooManyTries
   */
  takeRegistration(device: Device): Promise<void>
  /**
   * Counts a new password that is to be hashed for somebody, as work alone.
   * @throws TooManyTries
   */
  takeWork(email: string, device: Device): Promise<void>
  /**
   * Counts a change of one kind that somebody makes to their own account, for that account alone.
   * @throws TooManyTries
   */
  takeChange(kind: ChangeKind, uuid: string): Promise<void>
  /** Deletes what no longer counts. */
  sweep(): Promise<void>
}

/** What people change about themselves. Each kind counts by itself. */
export type ChangeKind = 'names' | 'email' | 'password' | 'language' | 'sessions'

/**
 * What a mail is good for. Each kind counts by itself: else strangers could have mails written that help nobody, and so
 * use up those with a link that their person needs.
 */
export type MailKind = 'welcome' | 'verify_email' | 'change_email' | 'reset_password' | 'sign_in'

/** Nothing was tried; to be answered with 429. */
export class TooManyTries extends Error {
  override readonly name = 'TooManyTries'
  readonly code = 'too_many_tries'
  /** Seconds after which to try again. */
  readonly retryAfter: number
  /** Whether it was a change of one's own account. */
  readonly isChange: boolean

  constructor(retryAfter: number, isChange = false) {
    super(`Too many tries. The next one is possible in ${retryAfter} seconds.`)
    this.retryAfter = retryAfter
    this.isChange = isChange
  }
}

export interface LimitsOptions {
  readonly config: Pick<Config, 'secretKey'>
  readonly database: Pick<Database, 'rateLimits'>
  readonly knownDevices: Pick<KnownDevices, 'recognise'>
  readonly log: Log
}

/** So many tries in so many seconds; then so many more in so many, until those seconds are over. */
type Rule = readonly [tries: number, seconds: number, more?: readonly [tries: number, seconds: number]]

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Whoever mistypes waits a minute at most. Who goes on waits up to an hour, then until the day is over: 100 guesses a day
 * at one account (NIST SP 800-63B-4, section 3.2.2, allows 100 in a row), however many machines take part.
 */
const GUESSES: readonly Rule[] = [
  [5, MINUTE],
  [20, HOUR],
  [100, DAY],
]
/** Wrong ones of all people behind one address: an office where every tenth mistypes stays far below. */
const GUESSES_OF_NETWORK: readonly Rule[] = [
  [60, MINUTE],
  [500, HOUR],
  [2000, DAY],
]
/**
 * Of one kind. More than anybody asks for who waits for a mail; few enough not to bury a mailbox. Strangers who use up all
 * of a day leave one an hour, which is how long its link to choose a new password is good: there is always one that works.
 */
const MAILS: readonly Rule[] = [
  [5, 10 * MINUTE],
  [10, DAY, [1, HOUR]],
]
/** What an office does on the day it moves in, with some to spare. */
const COSTS_OF_NETWORK: readonly Rule[] = [
  [60, MINUTE],
  [600, HOUR],
  [3000, DAY],
]

/**
 * Passwords and codes that are looked at, right or wrong, and new passwords: work for our processors. More than anybody
 * does by hand.
 */
const WORK: readonly Rule[] = [
  [30, MINUTE],
  [300, HOUR],
]
/** An office signs in within a few minutes. */
const WORK_OF_NETWORK: readonly Rule[] = [
  [300, MINUTE],
  [3000, HOUR],
]

/** More than anybody changes by hand. Each one has apps renew tokens, and is written down. */
const CHANGES: readonly Rule[] = [
  [40, 10 * MINUTE],
  [300, DAY],
]

/** A site has so many times the numbers of a network: one subscriber may have all of its 65,536 networks. */
const SITE_FACTOR = 3

/** The rules for one network, and for its site. */
const byNetwork = (network: readonly Rule[]) => ({
  network,
  site: network.map(([tries, seconds]): Rule => [tries * SITE_FACTOR, seconds]),
})

/**
 * How often what may be tried, by what it is counted: for the account and a known device, for all of a network, or for
 * all of a site (a /48 of IPv6).
 */
export const RULES = {
  work: { email: WORK, device: WORK, ...byNetwork(WORK_OF_NETWORK) },
  password: { email: GUESSES, device: GUESSES, ...byNetwork(GUESSES_OF_NETWORK) },
  mail: { email: MAILS, device: MAILS, ...byNetwork(COSTS_OF_NETWORK) },
  registration: { email: [], device: [], ...byNetwork(COSTS_OF_NETWORK) },
  change: { email: CHANGES, device: [], ...byNetwork([]) },
} satisfies Record<string, Record<'email' | 'device' | 'network' | 'site', readonly Rule[]>>

type What = keyof typeof RULES
type Whose = keyof (typeof RULES)[What]

/**
 * Bits that are kept of a key. The table never has more rows for one rule than there are such numbers, a million,
 * however many e-mails and networks a flood makes up. Two people share a number so rarely, and then only while somebody
 * guesses at one of them, that nobody notices.
 */
const KEY_BITS = 20

/** So many known devices of an account have tries of their own, the others share them: whoever once had it may have many. */
const DEVICES = 8

/** The limits, in the database. What they count by is hashed with SECRET_KEY: the table holds no e-mail and no address. */
export function createLimits({ config, database, knownDevices, log }: LimitsOptions): Limits {
  const { rateLimits } = database
  const hash = createKeyedHash(config.secretKey, 'rateLimits')
  const keyOf = (whose: Whose, text: string) =>
    (hash(`${whose} ${text}`).readUInt32BE() >>> (32 - KEY_BITS)).toString(36)
  const limitersOf = (what: What) => {
    const of = (whose: Whose) => {
      const limiter = (points: number, duration: number) =>
        rateLimits.limiter({ keyPrefix: `${what}:${whose}:${duration}`, points, duration })
      return RULES[what][whose].map(([tries, seconds, more]: Rule) =>
        more ? orElse(limiter(tries, seconds), limiter(...more)) : limiter(tries, seconds),
      )
    }
    return { email: of('email'), device: of('device'), network: of('network'), site: of('site') }
  }
  const limiters = {
    work: limitersOf('work'),
    password: limitersOf('password'),
    mail: limitersOf('mail'),
    registration: limitersOf('registration'),
    change: limitersOf('change'),
  }

  /**
   * By what to count: the network and its site, and the device where it is known, else the email, within a kind if there
   * is one. Known devices of a network count by themselves, and not for the site: whatever strangers use up there, they
   * don't keep them out.
   */
  function* countedBy(
    email: string | null,
    device: Device,
    kind: MailKind | '',
    known: string | null,
  ): Generator<[Whose, string]> {
    const network = networkOfDevice(device)
    if (network !== null) yield ['network', known === null ? network : `${network} known`]
    const site = known === null ? siteOfDevice(device) : null
    // In IPv4, a network is its own site.
    if (site !== network && site !== null) yield ['site', site]
    if (email === null) return
    // Mails to name+tag@ most likely end up in one mailbox; guesses are at one account.
    const account = `${kind} ${kind ? withoutTag(email) : canonicalEmail(email)}`
    yield known === null ? ['email', account] : ['device', `${account} ${known.charCodeAt(0) % DEVICES}`]
  }

  /** Takes one of each, the network's first: a flood of made-up e-mails ends there. Returns what gives them back. */
  async function consume(what: What, email: string | null, device: Device, kind: MailKind | '' = '') {
    const known = email === null ? null : await knownDevices.recognise(email, device.marks ?? [])
    return consumeEach(what, countedBy(email, device, kind, known))
  }

  async function consumeEach(
    what: What,
    counted: Iterable<readonly [Whose, string]>,
  ): Promise<() => Promise<void>> {
    const taken: [RateLimiter, string][] = []
    for (const [whose, text] of counted) {
      const key = keyOf(whose, text)
      // The shortest time first: what it refuses doesn't count for the longer ones.
      for (const limiter of limiters[what][whose]) {
        try {
          await limiter.consume(key)
        } catch (refusal) {
          if (!(refusal instanceof RateLimiterRes)) throw refusal
          const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
          log.info(
            { event: 'too_many_tries', what, whose, seconds },
            'rate limit reached; the attempt was refused',
          )
          throw new TooManyTries(seconds, what === 'change')
        }
        taken.push([limiter, key])
      }
    }
    return async () => {
      for (const [limiter, key] of taken) await limiter.reward(key)
    }
  }

  return {
    async check(email, device, look) {
      const giveBack = await consume('password', email, device)
      let giveBackWork = async () => {}
      let counts = false
      let looked = false
      try {
        // Second: a guess that is refused is no work, or guesses would use up what is for the right ones.
        giveBackWork = await consume('work', email, device)
        const found = await look()
        looked = true
        counts = !found
        return found
      } finally {
        // Nobody has learnt anything where it was right, or could not be looked at.
        if (!counts) await giveBack()
        if (!looked) await giveBackWork()
      }
    },
    async takeMail(kind, email, device) {
      await consume('mail', email, device, kind)
    },
    async takeRegistration(device) {
      await consume('registration', null, device)
    },
    async takeWork(email, device) {
      await consume('work', email, device)
    },
    async takeChange(kind, uuid) {
      await consumeEach('change', [['email', `${kind} ${uuid}`]])
    },
    sweep: () => rateLimits.sweep(),
  }
}

/** Takes from the second where the first has no more. */
const orElse = (first: RateLimiter, second: RateLimiter): RateLimiter => ({
  consume: (key) =>
    first.consume(key).catch((refusal) => {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      return second.consume(key)
    }),
  reward: (key) => first.reward(key),
})
