/** Where in the world an address is, in words, e.g. `Berlin, Germany`; `null` where nobody knows. */
export type PlaceOf = (address: string) => string | null

/** Place and address, as far as they are known: `Berlin, Germany (192.0.2.7)`. */
export function whereabouts(address: string, placeOf: PlaceOf): string {
  const place = placeOf(address)
  return place === null ? address : `${place} (${address})`
}
