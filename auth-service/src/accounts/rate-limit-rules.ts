/** The number of attempts within a number of seconds; then another number within others, until those have passed. */
export type Rule = readonly [tries: number, seconds: number, more?: readonly [tries: number, seconds: number]]

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * A user who mistypes waits a minute at most. Further attempts wait up to an hour, then until the day is over: 100
 * guesses a day at one account (NIST SP 800-63B-4, section 3.2.2, allows 100 in a row), from any number of machines.
 */
const GUESSES: readonly Rule[] = [
  [5, MINUTE],
  [20, HOUR],
  [100, DAY],
]
/** Wrong ones of all users behind one address: an office in which every tenth user mistypes stays far below. */
const GUESSES_OF_NETWORK: readonly Rule[] = [
  [60, MINUTE],
  [500, HOUR],
  [2000, DAY],
]
/**
 * Per kind. More than a waiting user requests, and few enough not to flood an inbox. Strangers who use up a day's
 * allowance leave one an hour, which is how long a password reset link is valid: there is always one that works.
 */
const MAILS: readonly Rule[] = [
  [5, 10 * MINUTE],
  [10, DAY, [1, HOUR]],
]
/** What an office needs on its first day, with a reserve. */
const COSTS_OF_NETWORK: readonly Rule[] = [
  [60, MINUTE],
  [600, HOUR],
  [3000, DAY],
]

/** Passwords and codes that are checked, right or wrong, and new passwords: CPU time. More than anyone does by hand. */
const WORK: readonly Rule[] = [
  [30, MINUTE],
  [300, HOUR],
]
/** An office signs in within a few minutes. */
const WORK_OF_NETWORK: readonly Rule[] = [
  [300, MINUTE],
  [3000, HOUR],
]

/** As many devices at once as an office has, each of which asks every five seconds for ten minutes. */
const POLLS_OF_NETWORK: readonly Rule[] = [
  [600, MINUTE],
  [10_000, HOUR],
]

/** More than anyone changes by hand. Each change makes apps renew tokens, and is recorded. */
const CHANGES: readonly Rule[] = [
  [40, 10 * MINUTE],
  [300, DAY],
]

/** The factor for a site over a network: one subscriber may own all of its 65,536 networks. */
const SITE_FACTOR = 3

/** The rules for one network, and for its site. */
const byNetwork = (network: readonly Rule[]) => ({
  network,
  site: network.map(([tries, seconds]): Rule => [tries * SITE_FACTOR, seconds]),
})

/** The rules by what is counted: for the account and a known device, for a network, or for a site (a /48 of IPv6). */
export const RULES = {
  work: { email: WORK, device: WORK, ...byNetwork(WORK_OF_NETWORK) },
  password: { email: GUESSES, device: GUESSES, ...byNetwork(GUESSES_OF_NETWORK) },
  mail: { email: MAILS, device: MAILS, ...byNetwork(COSTS_OF_NETWORK) },
  registration: { email: [], device: [], ...byNetwork(COSTS_OF_NETWORK) },
  device_request: { email: [], device: [], ...byNetwork(COSTS_OF_NETWORK) },
  device_poll: { email: [], device: [], ...byNetwork(POLLS_OF_NETWORK) },
  oidc_request: { email: WORK, device: [], ...byNetwork(WORK_OF_NETWORK) },
  saml_request: { email: WORK, device: [], ...byNetwork(WORK_OF_NETWORK) },
  client_failure: { email: [], device: [], ...byNetwork(GUESSES_OF_NETWORK) },
  client_document: { email: [], device: [], ...byNetwork(COSTS_OF_NETWORK) },
  change: { email: CHANGES, device: [], ...byNetwork([]) },
} satisfies Record<string, Record<'email' | 'device' | 'network' | 'site', readonly Rule[]>>
