import type { IncomingMessage, RequestOptions } from 'node:http'
import { isLocalName, lookupFor } from './local-name.ts'

/** Whether this is Node, whose `fetch` asks DNS for names under `localhost`. */
const asksDns = (): boolean => /^Node\.js\//.test(globalThis.navigator?.userAgent ?? '')

/**
 * The `fetch` for this origin: the global one, except for names under `localhost`, where requests lead to this
 * machine under that name, as in browsers.
 */
export function fetchFor(origin: string): typeof globalThis.fetch {
  const { hostname } = new URL(origin)
  return isLocalName(hostname) && hostname !== 'localhost' && asksDns() ? fetchLocally : globalThis.fetch
}

/** Statuses whose responses have no body (Fetch, section 2.2.3). */
const WITHOUT_BODY = [101, 204, 205, 304]

/** One request on a connection of its own. Redirects are not followed, whatever `redirect` says. */
const fetchLocally: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const { protocol, hostname } = new URL(request.url)
  const [{ request: open }, { Readable }] = await Promise.all([
    protocol === 'https:' ? import('node:https') : import('node:http'),
    import('node:stream'),
  ])
  const body = Buffer.from(await request.arrayBuffer())
  const options: RequestOptions = {
    method: request.method,
    headers: { ...Object.fromEntries(request.headers), 'content-length': body.length },
    lookup: lookupFor(hostname),
    agent: false,
    signal: init?.signal ?? request.signal,
  }
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    open(request.url, options, resolve)
      .on('error', reject)
      // Node reports no error for a switch of protocols (101) that is not asked for.
      .on('close', () => reject(new TypeError('fetch failed: the connection was closed without a response')))
      .end(body)
  })
  const { statusCode: status = 0, rawHeaders } = incoming
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  if (WITHOUT_BODY.includes(status)) {
    incoming.resume()
    return new Response(null, { status, headers })
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream<Uint8Array>, { status, headers })
}
