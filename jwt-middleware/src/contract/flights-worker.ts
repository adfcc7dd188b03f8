import type * as InProcess from './flights-process.ts'

/** A request that hangs up takes along what it began, and the others would wait forever. */
export const canShare: boolean = false

export const singleFlight: typeof InProcess.singleFlight = (ask) => ask
