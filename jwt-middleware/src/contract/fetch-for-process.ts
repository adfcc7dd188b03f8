import { fetchFor as localOrGlobal } from '#node-or-web/contract/local-fetch'

/** The `fetch` for requests to this origin. */
export const fetchFor: (origin: string) => typeof globalThis.fetch = localOrGlobal
