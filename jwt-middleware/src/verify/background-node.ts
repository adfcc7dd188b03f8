import { AsyncLocalStorage } from 'node:async_hooks'

/** Runs what no request waits for outside of the one that came just then: traces and logs must not show it there. */
export const createBackground: () => <Value>(run: () => Value) => Value = () => AsyncLocalStorage.snapshot()
