/** The second of a moment in ms, as tokens have it (RFC 7519, NumericDate). */
export const secondOf = (moment: number): number => Math.floor(moment / 1000)

/** Whole seconds from one moment to another, both in ms; `null` where the first one never was. */
export const secondsSince = (moment: number, now: number): number | null =>
  Number.isFinite(moment) ? Math.max(0, Math.round((now - moment) / 1000)) : null
