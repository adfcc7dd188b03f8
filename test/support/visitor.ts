import { CookieJar } from 'tough-cookie'
import { type Page, readPage } from '../auth-service/support/browser.ts'
import { type Sent, send, type Via } from './http.ts'

/** A page, and its final URL. */
export interface Visit extends Page {
  readonly url: string
}

/**
 * A user with a browser without scripts, over real sockets, optionally through a proxy: cookies, redirects, forms,
 * Fetch Metadata.
 */
export function createVisitor(via?: Via) {
  const jar = new CookieJar(undefined, { allowSpecialUseDomain: true, rejectPublicSuffixes: false })

  /** One request; redirects are not followed. */
  async function request(url: string, { headers = {}, ...sent }: Sent = {}): Promise<Visit> {
    const cookie = await jar.getCookieString(url)
    const answer = await send(url, { ...sent, headers: { ...headers, ...(cookie && { cookie }) } }, via)
    for (const line of answer.headers['set-cookie'] ?? []) await jar.setCookie(line, url)
    const received = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const one of [value ?? []].flat()) received.append(name, one)
    }
    const body = answer.text === '' ? null : answer.text
    const page = await readPage(new Response(body, { status: answer.status, headers: received }))
    return { ...page, url }
  }

  async function follow(visit: Visit): Promise<Visit> {
    let current = visit
    for (let hops = 0; current.location !== null; hops++) {
      if (hops === 10) throw new Error(`A loop of redirects, at ${current.url}`)
      current = await request(new URL(current.location, current.url).href, { headers: NAVIGATION })
    }
    return current
  }

  const visit = async (url: string) => follow(await request(url, { headers: NAVIGATION }))

  return {
    jar,
    request,
    visit,
    /** Fills in and sends the form on a page that posts to this path, and follows redirects. */
    async submit(page: Visit, action: string, fields: Record<string, string> = {}): Promise<Visit> {
      const { origin } = new URL(page.url)
      const headers = {
        ...NAVIGATION,
        origin,
        referer: page.url,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      }
      const body = new URLSearchParams({ ...page.form(action), ...fields }).toString()
      return follow(await request(new URL(action, page.url).href, { method: 'POST', headers, body }))
    },
    cookie: async (url: string, name: string) =>
      (await jar.getCookies(url)).find(({ key }) => key === name)?.value,
    /** Drops a cookie like a browser at the end of its Max-Age. */
    async drop(url: string, name: string): Promise<void> {
      const { hostname } = new URL(url)
      for (const { domain, path, key } of await jar.getCookies(url)) {
        if (key === name) await jar.store.removeCookie(domain ?? hostname, path ?? '/', key)
      }
    },
  }
}

export type Visitor = ReturnType<typeof createVisitor>

export const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
} as const
