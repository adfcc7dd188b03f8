import type { HeaderReader } from '../contract/same-origin.ts'
import type { AuthRequest } from '../http/request.ts'

/**
 * What a `Request` does not tell of its client: the address at the other end of the connection, for the last use of API
 * tokens. Bun and Deno pass their handlers a second argument that tells it, and so it can be passed on.
 */
export interface Connection {
  readonly remoteAddress?: string | undefined
  /** In Deno. */
  readonly remoteAddr?: { readonly transport?: string; readonly hostname?: string }
  /** In Bun. */
  requestIP?(request: Request): { readonly address: string } | null
}

/** Reads what is seldom needed only then. */
export class FetchRequest implements AuthRequest {
  readonly method: string
  readonly header: HeaderReader
  readonly #request: Request
  readonly #from: Connection | undefined

  constructor(request: Request, from?: Connection) {
    this.#request = request
    this.#from = from
    this.method = request.method.toUpperCase()
    this.header = (name) => request.headers.get(name) ?? undefined
  }

  get target(): string {
    const { pathname, search } = new URL(this.#request.url)
    return pathname + search
  }

  get body(): unknown {
    return this.#request.body
  }

  get remoteAddress(): string | undefined {
    const from = this.#from
    return from?.remoteAddress ?? from?.remoteAddr?.hostname ?? from?.requestIP?.(this.#request)?.address
  }
}

/** The headers that decide whether the user may be cached, as node's list has them. */
export function ordinaryHeaders(headers: Headers): string[] {
  const raw: string[] = []
  for (const name of ['cookie', 'authorization', 'upgrade']) {
    const value = headers.get(name)
    if (value !== null) raw.push(name, value)
  }
  return raw
}
