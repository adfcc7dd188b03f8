import type * as InProcess from './fetch-for-process.ts'

/** Called without an object before the dot: workerd minds. */
export const fetchFor: typeof InProcess.fetchFor = () => (input, init) => fetch(input, init)
