/** A time in ms as the seconds in tokens (RFC 7519, NumericDate). */
export const secondOf = (moment: number): number => Math.floor(moment / 1000)

/** Whole seconds between two times in ms; `null` if the first one is missing. */
export const secondsSince = (moment: number, now: number): number | null =>
  Number.isFinite(moment) ? Math.max(0, Math.round((now - moment) / 1000)) : null
