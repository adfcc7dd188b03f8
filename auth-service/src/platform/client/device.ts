import { BROWSER_MAP, OS_MAP, parse } from 'bowser'
import type { Language } from '../i18n/language.ts'
import { languageOfReader, type Reader } from '../i18n/languages.ts'
import { message, type Words } from '../i18n/message.ts'
import { isLoopback, networkOf, siteOf } from '../net/ip-address.ts'

/** What a request comes from, for people to recognise it by. */
export interface Device {
  readonly userAgent: string
  readonly address: string
  /** Whether a proxy handed the request on: then even an address of this machine stands for other people. */
  readonly viaProxy?: boolean
  /** What it brings to be known by, of whatever worth (see known-devices.ts). */
  readonly marks?: readonly string[]
  /** Code of the language that its answers are in. */
  readonly language?: string
  /** Name of the time zone that its answers are in; absent where the browser told none. */
  readonly timeZone?: string | undefined
}

// Known names alone: of a browser it has never heard of, the parser passes on whatever the text claims.
const BROWSERS = new Set(Object.values(BROWSER_MAP).filter((name) => name !== 'Generic'))
const SYSTEMS = new Set([...Object.values(OS_MAP), 'iPhone', 'iPad'])

/** Browser and system as people call them, as far as the user agent tells; only ever a hint. */
export function deviceInWords(userAgent: string): Words {
  if (userAgent === '') return message('Unknown device')
  const { browser, os, platform } = parse(userAgent)
  const known = (names: Set<string>, name: string | undefined) => (name && names.has(name) ? name : undefined)
  const name = known(BROWSERS, browser.name)?.replace(/ for \w+$/, '') ?? programIn(userAgent)
  const system = (os.name === 'iOS' && known(SYSTEMS, platform.model)) || known(SYSTEMS, os.name)
  // Of Android Browser, nobody needs to be told that it is on Android.
  if (name && system && !name.startsWith(system))
    return message('{browser} on {system}', { browser: name, system })
  return name ?? system ?? message('Another program')
}

/** Programs and libraries that are no browsers, as they call themselves; the parser knows none of them. */
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

/** The first program of these that the user agent names, as `name/version` or as a word alone. */
function programIn(userAgent: string): string | undefined {
  for (const word of userAgent.split(' ', 16)) {
    const name = PROGRAM_NAMES.get(word.split('/', 1)[0]?.toLowerCase() ?? '')
    if (name) return name
  }
  return undefined
}

/** The same in English. */
export const deviceName = (userAgent: string): string => String(deviceInWords(userAgent))

/** The language to write in to whoever used it just now: English where it told none, with times in its zone. */
export const languageOfDevice = (device: Device): Language => languageOfReader(device)

/**
 * The language to write in to somebody about what was done with this device as them: theirs where it is known, since it
 * may have been somebody else.
 */
export const languageOfOwner = ({ language, timeZone }: Reader, device: Device): Language =>
  languageOfReader({ language: language ?? device.language, timeZone: timeZone ?? device.timeZone })

/**
 * The network that limits count it by: an IPv4 address, or a /64 of IPv6. `null` for this machine itself, or where the
 * address is unknown; behind a local proxy that tells no address, it is one network for everybody.
 */
export function networkOfDevice({ address, viaProxy = false }: Device): string | null {
  if (!isLoopback(address)) return networkOf(address)
  return viaProxy ? 'a local proxy' : null
}

/** Likewise the site that its network belongs to: a /48 of IPv6. */
export const siteOfDevice = (device: Device): string | null =>
  isLoopback(device.address) ? networkOfDevice(device) : siteOf(device.address)

/** What any client may claim, cut to what every database stores: no NUL, no half of a character, 512 at most. */
export const storableDevice = ({ userAgent, address }: Device): Device => ({
  userAgent: storable(userAgent),
  address: storable(address),
})

const storable = (text: string): string => text.slice(0, 512).replaceAll('\0', '\uFFFD').toWellFormed()
