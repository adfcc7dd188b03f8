/** The time in whole seconds since 1970, as in the database and in tokens. `now` is a clock in ms. */
export const unixTime = (now: () => number): number => Math.floor(now() / 1000)
