import type { Language } from '../i18n/language.ts'
import { languageOfReader, type Reader } from '../i18n/languages.ts'
import { type Message, message } from '../i18n/message.ts'
import { networksOf } from '../net/ip-address.ts'
import { lazy, lazyPackage } from '../process/lazy.ts'
import type { EmailAddress } from '../validation/email-address.ts'
import { ALL_UNSTORABLE, REPLACEMENT } from '../validation/storable-text.ts'
import type { Cookies } from './host-cookies.ts'

/** The client of a request, in terms that people recognise. */
export interface Device {
  readonly userAgent: string
  readonly address: string
  /** Whether a proxy forwarded the request: then even an address of this machine stands for other clients. */
  readonly viaProxy?: boolean
  /** Its cookies, by which known devices are recognised. */
  readonly cookies?: Cookies | undefined
  /** Language code of its responses; absent for programs. */
  readonly language?: string | undefined
  /** Time zone of its responses; absent if the browser sent none. */
  readonly timeZone?: string | undefined
}

const bowser = lazyPackage<typeof import('bowser')>('bowser')

// Only known names: for unknown browsers the parser passes on any text.
const knownBrowsers = lazy(
  () => new Set(Object.values(bowser().BROWSER_MAP).filter((name) => name !== 'Generic')),
)
const knownSystems = lazy(() => new Set([...Object.values(bowser().OS_MAP), 'iPhone', 'iPad']))

/** Browser and system in common terms, as far as the user agent says; only a hint. */
export function deviceInWords(userAgent: string): Message {
  if (userAgent === '') return message('Unknown device')
  const { browser, os, platform } = bowser().parse(userAgent)
  const known = (names: Set<string>, name: string | undefined) => (name && names.has(name) ? name : undefined)
  const name = known(knownBrowsers(), browser.name)?.replace(/ for \w+$/, '') ?? programIn(userAgent)
  const system =
    (os.name === 'iOS' && known(knownSystems(), platform.model)) || known(knownSystems(), os.name)
  // Android Browser implies Android.
  if (name && system && !name.startsWith(system))
    return message('{browser} on {system}', { browser: name, system })
  return name ?? system ?? message('Another program')
}

/** Programs and libraries by their own names; the parser knows none of them. */
const PROGRAMS = [
  'curl',
  'Wget',
  'HTTPie',
  'python-requests',
  'python-httpx',
  'Python-urllib',
  'aiohttp',
  'okhttp',
  'axios',
  'node-fetch',
  'undici',
  'node',
  'Deno',
  'Bun',
  'got',
  'Go-http-client',
  'Java-http-client',
  'Apache-HttpClient',
  'Java',
  'Dart',
  'GuzzleHttp',
  'libwww-perl',
  'Ruby',
  'reqwest',
  'PowerShell',
  'PostmanRuntime',
  'insomnia',
]
const PROGRAM_NAMES = new Map(PROGRAMS.map((name) => [name.toLowerCase(), name]))

/** The first known program in the user agent, as `name/version` or a single word. */
function programIn(userAgent: string): string | undefined {
  for (const word of userAgent.split(' ', 16)) {
    const name = PROGRAM_NAMES.get(word.split('/', 1)[0]?.toLowerCase() ?? '')
    if (name) return name
  }
  return undefined
}

/** The same in English. */
export const deviceName = (userAgent: string): string => String(deviceInWords(userAgent))

/** The language for the user of this device at the moment: English if unknown, with times in its zone. */
export const languageOfDevice = (device: Device): Language => languageOfReader(device)

/**
 * The reader of emails to a user about this device: with their own preferences if known, since another person may have
 * used the device.
 */
export const ownerAsReader = ({ language, timeZone }: Reader, device: Device): Reader => ({
  language: language ?? device.language,
  timeZone: timeZone ?? device.timeZone,
})

/** The language for emails to a user about this device. */
export const languageOfOwner = (owner: Reader, device: Device): Language =>
  languageOfReader(ownerAsReader(owner, device))

/** The networks by which rate limits count. */
export interface DeviceNetworks {
  /** An IPv4 address, or a /64 of IPv6. */
  readonly network: string | null
  /** Its site: the same in IPv4, or a /48 of IPv6. */
  readonly site: string | null
}

/**
 * The networks of a device. `null` for this machine, or if the address is unknown; behind a local proxy that sends no
 * address, one network for all clients.
 */
export function networksOfDevice({ address, viaProxy = false }: Device): DeviceNetworks {
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

const MAX_LENGTH = 512

/** Text from the client, reduced to what every database stores: no NUL, no half characters, 512 at most. */
export const storableDevice = ({ userAgent, address }: Device): Device => ({
  userAgent: userAgent.slice(0, MAX_LENGTH).replace(ALL_UNSTORABLE, REPLACEMENT),
  address: address.slice(0, MAX_LENGTH).replace(ALL_UNSTORABLE, REPLACEMENT),
})
