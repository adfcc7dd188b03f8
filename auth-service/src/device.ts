import { BROWSER_MAP, OS_MAP, parse } from 'bowser'

/** What a request comes from, for people to recognise it by. */
export interface Device {
  readonly userAgent: string
  readonly address: string
  /** What it brings to be known by, of whatever worth (see known-devices.ts). */
  readonly marks?: readonly string[]
}

// Known names alone: of a browser it has never heard of, the parser passes on whatever the text claims.
const BROWSERS = new Set(Object.values(BROWSER_MAP).filter((name) => name !== 'Generic'))
const SYSTEMS = new Set([...Object.values(OS_MAP), 'iPhone', 'iPad'])

/** Browser and system as people call them, as far as the user agent tells; only ever a hint. */
export function deviceName(userAgent: string): string {
  if (userAgent === '') return 'Unknown device'
  const { browser, os, platform } = parse(userAgent)
  const known = (names: Set<string>, name: string | undefined) => (name && names.has(name) ? name : undefined)
  const name = known(BROWSERS, browser.name)
  const system = (os.name === 'iOS' && known(SYSTEMS, platform.model)) || known(SYSTEMS, os.name)
  return name && system ? `${name} on ${system}` : (name ?? system ?? 'Another program')
}

/** What any client may claim, cut to what every database stores: no NUL, no half of a character, 512 at most. */
export const storableDevice = ({ userAgent, address }: Device): Device => ({
  userAgent: storable(userAgent),
  address: storable(address),
})

const storable = (text: string): string => text.slice(0, 512).replaceAll('\0', '\uFFFD').toWellFormed()
