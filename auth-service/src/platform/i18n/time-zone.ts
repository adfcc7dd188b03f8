/** The form of time zone names in the tz database; the longest has 32 characters today. No offsets such as `+01:00`. */
const NAME = /^[A-Za-z][\w+/-]{0,63}$/

/** Zones found so far, by lower-case name, since Intl is slow to check one. */
const known = new Map<string, string>()

/** The time zone with this name, e.g. `Europe/Berlin`, as Intl spells it; `null` if there is none. */
export function timeZoneOf(name: unknown): string | null {
  if (typeof name !== 'string' || !NAME.test(name)) return null
  const key = name.toLowerCase()
  const found = known.get(key) ?? lookUp(name)
  // Only real zones are cached, so that the map stays small.
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
