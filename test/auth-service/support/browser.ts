import type { Hono } from 'hono'
import { CookieJar } from 'tough-cookie'

/** What a page shows, and what its forms would send. */
export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** Absolute address that the response sends on to. */
  readonly location: string | null
  /** Address that the page leads to by itself, after it was shown. */
  readonly refresh: string | null
  readonly title: string
  /** The names and values of the fields of the form that posts to this path. */
  form(action: string): Record<string, string>
}

export interface BrowserOptions {
  readonly origin: string
  readonly userAgent?: string
}

/** A browser without scripts that talks to an app in this process: cookies, Fetch Metadata, forms. */
export function openBrowser(app: Pick<Hono, 'request'>, { origin, userAgent = 'Test' }: BrowserOptions) {
  const jar = new CookieJar(undefined, {
    allowSpecialUseDomain: true,
    rejectPublicSuffixes: false,
    prefixSecurity: 'strict',
  })

  async function request(path: string, init: RequestInit = {}): Promise<Page> {
    const url = new URL(path, origin).href
    const headers = new Headers({ accept: 'text/html', 'user-agent': userAgent, ...(init.headers as object) })
    const cookie = await jar.getCookieString(url)
    if (cookie) headers.set('cookie', cookie)
    const response = await app.request(url, { ...init, headers })
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, url)
    return readPage(response)
  }

  const get = (path: string) =>
    request(path, { headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' } })

  function post(action: string, fields: Record<string, string>): Promise<Page> {
    const headers = {
      origin,
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'navigate',
      'content-type': 'application/x-www-form-urlencoded',
    }
    return request(action, { method: 'POST', headers, body: new URLSearchParams(fields).toString() })
  }

  return {
    jar,
    request,
    get,
    post,
    /** Fills in the form on a page as a person would, hidden fields included, and sends it. */
    async submit(path: string, action: string, fields: Record<string, string> = {}): Promise<Page> {
      const page = await get(path)
      return post(action, { ...page.form(action), ...fields })
    },
    /** The page that a form leads to; what it answered itself, where that leads nowhere. */
    landed: async (answer: Page): Promise<Page> => (answer.location === null ? answer : get(answer.location)),
    /** Sends JSON as a script of a page of the same origin would. */
    json: (path: string, body: unknown) =>
      request(path, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          origin,
          'sec-fetch-site': 'same-origin',
        },
        body: JSON.stringify(body),
      }),
    /** The names of all but the one that the device is known by, which stays whatever becomes of sessions. */
    cookies: async () =>
      (await jar.getCookies(origin))
        .map(({ key }) => key)
        .filter((name) => !isDeviceCookie(name))
        .sort(),
  }
}

/** Whether a cookie's name, or the line that sets it, is of the one that a device is known by. */
export const isDeviceCookie = (line: string): boolean => /^(__Host-)?device($|=)/.test(line)

/** The headers of a page without what is another's in each answer, however alike they are. */
export const toldBy = ({ headers }: Page) =>
  [...headers].filter(([name]) => !['set-cookie', 'content-length', 'x-request-id'].includes(name))

export type Browser = ReturnType<typeof openBrowser>

export async function readPage(response: Response): Promise<Page> {
  const html = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    html,
    location: response.headers.get('location'),
    refresh:
      html.match(/http-equiv="refresh" content="0; url=([^"]*)"/)?.[1]?.replaceAll('&amp;', '&') ?? null,
    title: plainText(html.match(/<title>(.*?)<\/title>/)?.[1] ?? ''),
    form(action) {
      const form = html
        .split('<form ')
        .find((part) => part.includes(` action="${action}"`) && part.includes('method="post"'))
      if (!form) throw new Error(`No form on this page posts to ${action}.`)
      const inputs = (form.split('</form>', 1)[0]?.match(/<input [^>]*>/g) ?? []).filter(
        (input) => attribute(input, 'type') !== 'checkbox' || attribute(input, 'checked') !== undefined,
      )
      return Object.fromEntries(
        inputs.map((input) => [
          attribute(input, 'name') ?? '',
          attribute(input, 'value') ?? defaultValue(input),
        ]),
      )
    },
  }
}

const defaultValue = (input: string) => (attribute(input, 'type') === 'checkbox' ? 'on' : '')

/** The value of an attribute in a tag of ours, which are all written with double quotes. */
export function attribute(tag: string, name: string): string | undefined {
  const value = tag.match(new RegExp(` ${name}="([^"]*)"`))?.[1]
  return value === undefined ? undefined : plainText(value)
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }

/** A text with what stands for signs as these. */
export const plainText = (text: string) =>
  text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? '')

/** The page without what frames it. */
export const contentOf = (html: string): string => html.match(/<main.*<\/main>/s)?.[0] ?? ''

/** The tags and attribute names of a page without any text or value: what a visitor's input must never change. */
export const skeleton = (html: string): string =>
  (html.replace(/="[^"]*"/g, '').match(/<[^>]*>/g) ?? []).join('')
