import { type Message, message } from '../i18n/message.ts'
import { lazy, lazyPackage } from '../process/lazy.ts'
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

/** Browser and system in English: see {@link deviceInWords}. */
export const deviceName = (userAgent: string): string => String(deviceInWords(userAgent))
