import type * as OnNode from './local-fetch-node.ts'
import { isLocalName } from './local-name.ts'

interface Deno {
  createHttpClient?(options: { readonly allowHost: boolean }): object
}

/** Of the runtimes that are not Node, Deno asks DNS for names under `localhost`. Bun knows them. */
export const fetchFor: typeof OnNode.fetchFor = (origin) => {
  const { hostname } = new URL(origin)
  const createClient = (globalThis as { readonly Deno?: Deno }).Deno?.createHttpClient
  return isLocalName(hostname) && hostname !== 'localhost' && createClient
    ? fetchLocally(createClient({ allowHost: true }))
    : globalThis.fetch
}

/** Both loopback addresses, since a server may listen at one only. */
const fetchLocally =
  (client: object): typeof globalThis.fetch =>
  async (input, init) => {
    const url = new URL(String(input))
    const headers = new Headers(init?.headers)
    headers.set('host', url.host)
    const ask = (address: string) => {
      url.hostname = address
      return fetch(url, { ...init, headers, client } as RequestInit)
    }
    try {
      return await ask('127.0.0.1')
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return ask('[::1]')
    }
  }
