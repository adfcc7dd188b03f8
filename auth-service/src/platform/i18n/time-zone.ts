/** As the tz database names its zones; the longest name has 32 characters today. No offset such as `+01:00`. */
const NAME = /^[A-Za-z][\w+/-]{0,63}$/

/** Zones that were asked for, by their names in small letters. Intl is slow to make up its mind. */
const known = new Map<string, string>()

/** The time zone of this name, e.g. `Europe/Berlin`, as Intl spells it; `null` where there is none. */
export function timeZoneOf(name: unknown): string | null {
  if (typeof name !== 'string' || !NAME.test(name)) return null
  const key = name.toLowerCase()
  const found = known.get(key) ?? lookUp(name)
  // Only real zones are kept, so that the map stays small.
  if (found !== null) known.set(key, found)
  return found
}

function lookUp(timeZone: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
