import { RateLimiterRes } from 'rate-limiter-flexible'
import type { Device } from '../platform/client/device.ts'
import { NO_COOKIES } from '../platform/client/host-cookies.ts'
import type { Config } from '../platform/config/config.ts'
import { createKeyedHash } from '../platform/crypto/keyed-hash.ts'
import type { Database } from '../platform/database/database.ts'
import type { RateLimiter } from '../platform/database/rate-limit-store.ts'
import type { Log } from '../platform/logging/logger.ts'
import { networksOf } from '../platform/net/ip-address.ts'
import { type EmailAddress, withoutTag } from '../platform/validation/email-address.ts'
import type { KnownDevices } from './known-devices.ts'
import { RULES, type Rule } from './rate-limit-rules.ts'

/** Rate limits for passwords, codes, emails and new accounts. Counted across all processes. */
export interface Limits {
  /**
   * Checks a password or code with `look`, which returns nothing if it is wrong, and gets the place in the queue. A
   * wrong one counts for the account (which need not exist) and for its network, before it is checked. On a device
   * known to the account it counts for the device and for the known devices of its network instead, so that attackers
   * cannot lock out the owner. Right ones count only as work, which has a far higher limit.
   * @throws RateLimited
   */
  check<Found>(
    address: EmailAddress,
    device: Device,
    look: (requester: Requester, isKnownDevice: boolean) => Promise<Found>,
  ): Promise<Found>
  /**
   * Counts an email of one kind to an address, which need not have an account.
   * @throws RateLimited
   */
  consumeMail(kind: MailKind, address: EmailAddress, device: Device): Promise<void>
  /**
   * Counts a new account, for the network only.
   * @throws RateLimited
   */
  consumeRegistration(device: Device): Promise<void>
  /**
   * Counts a request of a device without a browser for a token, for the network only.
   * @throws RateLimited
   */
  consumeDeviceRequest(device: Device): Promise<void>
  /**
   * Counts a device that asks whether its user has decided, for the network only.
   * @throws RateLimited
   */
  consumeDevicePoll(device: Device): Promise<void>
  /**
   * Counts a request of OpenID Connect that is stored until its user has answered: for the session with this id, or for
   * the network of a visitor without one.
   * @throws RateLimited
   */
  consumeOidcRequest(device: Device, sid: string | null): Promise<void>
  /**
   * The same for a request of SAML that no service provider signed.
   * @throws RateLimited
   */
  consumeSamlRequest(device: Device, sid: string | null): Promise<void>
  /**
   * Counts wrong credentials of an app, for the network only: the secrets of apps can't be guessed.
   * @throws RateLimited
   */
  consumeClientFailure(device: Device): Promise<void>
  /**
   * Counts a document of an app that is about to be fetched, for the network only.
   * @throws RateLimited
   */
  consumeClientDocument(device: Device): Promise<void>
  /**
   * Counts a new password to be hashed, as work only.
   * @throws RateLimited
   */
  consumeWork(address: EmailAddress, device: Device): Promise<void>
  /**
   * Counts a user's change of one kind to their own account, for that account only.
   * @throws RateLimited
   */
  consumeChange(kind: ChangeKind, uuid: string): Promise<void>
  /** Deletes expired counts. */
  deleteExpired(): Promise<void>
}

/** Users' changes to their own account. Each kind is counted separately. */
export type ChangeKind =
  | 'names'
  | 'email'
  | 'password'
  | 'language'
  | 'sessions'
  | 'tokens'
  | 'device'
  | 'apps'

/**
 * The purposes of emails. Each kind is counted separately: otherwise strangers could request useless emails to use up
 * the user's allowance for useful ones.
 */
export type MailKind = 'welcome' | 'verify_email' | 'change_email' | 'reset_password' | 'sign_in'

/** Nothing was tried; answered with 429. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited'
  readonly code = 'too_many_tries'
  /** Seconds until the next attempt is allowed. */
  readonly retryAfter: number
  /** Whether it was a change to the user's own account. */
  readonly isChange: boolean

  constructor(retryAfter: number, isChange = false) {
    super(`Too many attempts. Try again in ${retryAfter} s.`)
    this.retryAfter = retryAfter
    this.isChange = isChange
  }
}

/** The networks by which rate limits count. */
interface DeviceNetworks {
  /** An IPv4 address, or a /64 of IPv6. */
  readonly network: string | null
  /** Its site: the same in IPv4, or a /48 of IPv6. */
  readonly site: string | null
}

/**
 * The networks of a device. `null` for this machine, or if the address is unknown; behind a local proxy that sends no
 * address, one network for all clients.
 */
function networksOfDevice({ address, viaProxy = false }: Device): DeviceNetworks {
  const shared = viaProxy ? 'a local proxy' : null
  return networksOf(address) ?? { network: shared, site: shared }
}

/**
 * The client of an attempt for an account: sites share the queue for password checks evenly, networks the turns of a
 * site, and accounts those of a network.
 */
export interface Requester {
  /** The site that one stranger may own with all its networks: see `siteOf`. */
  readonly site: string
  readonly network: string
  /** By email, whether or not the account exists. */
  readonly account: string
}

/** The client of an attempt for this address on this device. */
export function requesterOf({ key }: EmailAddress, device: Device): Requester {
  const { network, site } = networksOfDevice(device)
  return { site: site ?? '', network: network ?? '', account: key }
}

export interface LimitsOptions {
  readonly config: Pick<Config, 'secretKey'>
  readonly database: Pick<Database, 'rateLimits'>
  readonly knownDevices: Pick<KnownDevices, 'recognise'>
  readonly log: Log
}

/** Behind a proxy that is not in it, all clients are one network. */
const settingOf = (whose: Whose) =>
  whose === 'network' || whose === 'site' ? { setting: 'TRUSTED_PROXIES' } : {}

type What = keyof typeof RULES
type Whose = keyof (typeof RULES)[What]

/** One of those that an attempt counts for, by the key in the table. */
interface Counted {
  readonly whose: Whose
  readonly key: string
}

/**
 * Bits of a key's hash. The table never has more rows per rule than there are such numbers, a million, even during a
 * flood of invented emails and networks. Two users share a number so rarely, and only while one of them is under
 * attack, that it does not matter.
 */
const KEY_BITS = 20

/**
 * The number of an account's known devices with their own limits; the others share one, since a former owner may have
 * many.
 */
const DEVICES = 8

/**
 * The rate limits in the database. Their keys are hashed with SECRET_KEY: the table contains no emails or addresses.
 */
export function createLimits({ config, database, knownDevices, log }: LimitsOptions): Limits {
  const { rateLimits } = database
  const hash = createKeyedHash(config.secretKey, 'rateLimits')
  const keyOf = (whose: Whose, text: string): Counted => ({
    whose,
    key: (hash(`${whose} ${text}`).readUInt32BE() >>> (32 - KEY_BITS)).toString(36),
  })
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
    device_request: limitersOf('device_request'),
    device_poll: limitersOf('device_poll'),
    oidc_request: limitersOf('oidc_request'),
    saml_request: limitersOf('saml_request'),
    client_failure: limitersOf('client_failure'),
    client_document: limitersOf('client_document'),
    change: limitersOf('change'),
  }

  /**
   * The keys to count: the network and its site, and the device if it is known, else the account. Known devices of a
   * network are counted separately, and not for the site, so that strangers there cannot lock them out.
   */
  function countedBy(
    { network, site }: DeviceNetworks,
    account: string | null = null,
    known: string | null = null,
  ): Counted[] {
    const counted: Counted[] = []
    if (network) counted.push(keyOf('network', known === null ? network : `${network} known`))
    // In IPv4, a network is its own site.
    if (known === null && site && site !== network) counted.push(keyOf('site', site))
    if (account === null) return counted
    const device = known === null ? null : `${account} ${known.charCodeAt(0) % DEVICES}`
    counted.push(device === null ? keyOf('email', account) : keyOf('device', device))
    return counted
  }

  /** The session with this id, or the network of a visitor without one. */
  const countedIn = (device: Device, sid: string | null): Counted[] =>
    sid === null ? countedBy(networksOfDevice(device)) : [keyOf('email', sid)]

  /** The same for an account, within a kind if there is one; and the requester, who is on a known device or not. */
  async function countedFor(address: EmailAddress, device: Device, kind: MailKind | '' = '') {
    const known = await knownDevices.recognise(address, device.cookies ?? NO_COOKIES)
    const requester = requesterOf(address, device)
    // Emails to name+tag@ probably share an inbox; guesses concern one account.
    const account = `${kind} ${kind ? withoutTag(address) : requester.account}`
    return { counted: countedBy(requester, account, known), requester, isKnown: known !== null }
  }

  /**
   * Consumes one of each, the network's first, so that a flood of invented emails ends there. Returns a function that
   * gives them back.
   */
  async function consumeEach(what: What, counted: readonly Counted[]): Promise<() => Promise<void>> {
    const taken: [RateLimiter, string][] = []
    for (const { whose, key } of counted) {
      // The shortest period first: what it rejects does not count for longer ones.
      for (const limiter of limiters[what][whose]) {
        try {
          await limiter.consume(key)
        } catch (refusal) {
          if (!(refusal instanceof RateLimiterRes)) throw refusal
          const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
          log.info(
            { event: 'too_many_tries', what, whose, seconds, ...settingOf(whose) },
            'rate limit reached; the attempt was refused',
          )
          throw new RateLimited(seconds, what === 'change')
        }
        taken.push([limiter, key])
      }
    }
    return async () => {
      for (const [limiter, key] of taken) await limiter.reward(key)
    }
  }

  return {
    async check(address, device, look) {
      const { counted, requester, isKnown } = await countedFor(address, device)
      const giveBack = await consumeEach('password', counted)
      let giveBackWork = async () => {}
      let counts = false
      let looked = false
      try {
        // Second: a rejected guess is no work, since guesses would use up the allowance for right ones.
        giveBackWork = await consumeEach('work', counted)
        const found = await look(requester, isKnown)
        looked = true
        counts = !found
        return found
      } finally {
        // A right or unchecked attempt reveals nothing.
        if (!counts) await giveBack()
        if (!looked) await giveBackWork()
      }
    },
    async consumeMail(kind, address, device) {
      await consumeEach('mail', (await countedFor(address, device, kind)).counted)
    },
    async consumeRegistration(device) {
      await consumeEach('registration', countedBy(networksOfDevice(device)))
    },
    async consumeDeviceRequest(device) {
      await consumeEach('device_request', countedBy(networksOfDevice(device)))
    },
    async consumeDevicePoll(device) {
      await consumeEach('device_poll', countedBy(networksOfDevice(device)))
    },
    async consumeOidcRequest(device, sid) {
      await consumeEach('oidc_request', countedIn(device, sid))
    },
    async consumeSamlRequest(device, sid) {
      await consumeEach('saml_request', countedIn(device, sid))
    },
    async consumeClientFailure(device) {
      await consumeEach('client_failure', countedBy(networksOfDevice(device)))
    },
    async consumeClientDocument(device) {
      await consumeEach('client_document', countedBy(networksOfDevice(device)))
    },
    async consumeWork(address, device) {
      await consumeEach('work', (await countedFor(address, device)).counted)
    },
    async consumeChange(kind, uuid) {
      await consumeEach('change', [keyOf('email', `${kind} ${uuid}`)])
    },
    deleteExpired: () => rateLimits.deleteExpired(),
  }
}

/** Consumes from the second if the first is used up. BurstyRateLimiter would do the same, but can give nothing back. */
const orElse = (first: RateLimiter, second: RateLimiter): RateLimiter => ({
  consume: (key) =>
    first.consume(key).catch((refusal) => {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      return second.consume(key)
    }),
  reward: (key) => first.reward(key),
})
