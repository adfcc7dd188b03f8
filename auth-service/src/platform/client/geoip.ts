import { isIP, isIPv6 } from 'node:net'
import type { Reader, Response } from 'maxmind'
import { ConfigError } from '../config/config.ts'
import { redact } from '../validation/redact.ts'

/**
 * The location of an address in words, e.g. `Berlin, Germany`; `null` if unknown. In the language with this code, or in
 * English by default and if the database lacks it.
 */
export type Locate = (address: string, language?: string) => string | null

/** A location's name by language code. */
type Names = Readonly<Record<string, unknown>>

/** The part of a record that is read. It is untrusted: the file can have any origin. */
interface PlaceRecord {
  readonly city?: { readonly names?: Names }
  readonly country?: { readonly names?: Names }
}

/**
 * Opens the location database (MaxMind's format) and keeps it in memory; without one, every location is unknown.
 * @throws ConfigError
 */
export async function openGeoip(path: string | undefined): Promise<Locate> {
  if (path === undefined) return () => null
  const reader = await openFile(path)
  const hasIPv6 = reader.metadata.ipVersion === 6
  return (given, language = 'en') => {
    // A dual-stack socket writes an IPv4 address like this (RFC 4291, section 2.5.5.2).
    const address = given.replace(/^::ffff:(?=\d+\.)/i, '')
    // An IPv4 database would return a wrong location for an IPv6 address.
    if (!isIP(address) || (isIPv6(address) && !hasIPv6)) return null
    return inWords(lookUp(reader, address), language)
  }
}

/** Location and address, as far as known: `Berlin, Germany (192.0.2.7)`. */
export function describeLocation(address: string, locate: Locate, language?: string): string {
  const place = locate(address, language)
  return place === null ? address : `${place} (${address})`
}

async function openFile(path: string): Promise<Reader<Response>> {
  const { open } = await import('maxmind')
  try {
    return await open(path)
  } catch (error) {
    throw new ConfigError([
      `PLACES_DATABASE is ${redact(path)}, which can't be used: ${(error as Error).message.replaceAll(path, '…')}. ` +
        'Set it to an unpacked .mmdb database of cities or countries, or leave it out',
    ])
  }
}

/** A truncated or damaged file can be opened; unreadable entries are unknown. */
function lookUp(reader: Reader<Response>, address: string): PlaceRecord | null {
  try {
    return reader.get(address) as PlaceRecord | null
  } catch {
    return null
  }
}

function inWords(record: PlaceRecord | null, language: string): string | null {
  const nameOf = (names: Names | undefined) => [names?.[language], names?.en].find(isName)
  return [nameOf(record?.city?.names), nameOf(record?.country?.names)].filter(isName).join(', ') || null
}

const isName = (name: unknown): name is string => typeof name === 'string' && name !== ''
