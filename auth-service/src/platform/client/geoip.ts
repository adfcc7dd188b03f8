import { isIPv6 } from 'node:net'
import { open, type Reader, type Response, validate } from 'maxmind'
import { ConfigError } from '../config/config.ts'
import { quoted } from '../validation/redact.ts'

/**
 * Where in the world an address is, in words, e.g. `Berlin, Germany`; `null` where nobody knows. In the language with
 * this code, English by default and where the database has no other.
 */
export type PlaceOf = (address: string, language?: string) => string | null

/** A place's name by the code of the language. */
type Names = Readonly<Record<string, unknown>>

/** What is read of a record, all of it doubtful: anybody may have made the file. */
interface PlaceRecord {
  readonly city?: { readonly names?: Names }
  readonly country?: { readonly names?: Names }
}

/**
 * Opens the database of places (MaxMind's format), all of which is held in memory; without one, nobody knows any place.
 * @throws ConfigError
 */
export async function openPlaces(path: string | undefined): Promise<PlaceOf> {
  if (path === undefined) return () => null
  const reader = await openFile(path)
  const hasIPv6 = reader.metadata.ipVersion === 6
  return (given, language = 'en') => {
    // How a socket that takes both kinds writes an IPv4 address (RFC 4291, section 2.5.5.2).
    const address = given.replace(/^::ffff:(?=\d+\.)/i, '')
    // A tree of IPv4 would find a place for any IPv6 address, a wrong one.
    if (!validate(address) || (isIPv6(address) && !hasIPv6)) return null
    return inWords(lookUp(reader, address), language)
  }
}

/** Place and address, as far as they are known: `Berlin, Germany (192.0.2.7)`. */
export function whereabouts(address: string, placeOf: PlaceOf, language?: string): string {
  const place = placeOf(address, language)
  return place === null ? address : `${place} (${address})`
}

async function openFile(path: string): Promise<Reader<Response>> {
  try {
    return await open(path)
  } catch (error) {
    throw new ConfigError([
      `PLACES_DATABASE names the file ${quoted(path)}, which can't be used: ${(error as Error).message.replaceAll(path, '…')}. ` +
        'Name a database of cities or countries in the format .mmdb, unpacked, or leave it out',
    ])
  }
}

/** A file that was cut off or damaged opens well; what can't be read of it is not known. */
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
