import type { Hono } from 'hono'
import { CookieJar } from 'tough-cookie'

/** The content of a page, and what its forms would send. */
export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** The absolute URL of a redirect. */
  readonly location: string | null
  /** The absolute URL that the page refreshes to. */
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
    /** Fills in a form on a page like a user, with its hidden fields, and sends it. */
    async submit(path: string, action: string, fields: Record<string, string> = {}): Promise<Page> {
      const page = await get(path)
      return post(action, { ...page.form(action), ...fields })
    },
    /** The page after a form; its direct response if that is no redirect. */
    landed: async (answer: Page): Promise<Page> => (answer.location === null ? answer : get(answer.location)),
    /** Sends JSON like a same-origin script. */
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
    /** The names of all cookies but the device cookie, which outlives sessions. */
    cookies: async () =>
      (await jar.getCookies(origin))
        .map(({ key }) => key)
        .filter((name) => !isDeviceCookie(name))
        .sort(),
  }
}

/** Whether this is the name of a device cookie, or the line that sets it. */
export const isDeviceCookie = (line: string): boolean => /^(__Host-)?device($|=)/.test(line)

/** The headers of a page without those that differ in every response. */
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
      const content = form.split('</form>', 1)[0] ?? ''
      const inputs = (content.match(/<input [^>]*>/g) ?? []).filter(
        (input) => attribute(input, 'type') !== 'checkbox' || attribute(input, 'checked') !== undefined,
      )
      const selects = (content.match(/<select .*?<\/select>/gs) ?? []).map((select) => {
        const options = select.match(/<option [^>]*>/g) ?? []
        const chosen = options.find((option) => attribute(option, 'selected') !== undefined) ?? options[0]
        return [attribute(select, 'name') ?? '', attribute(chosen ?? '', 'value') ?? '']
      })
      const areas = [...content.matchAll(/<textarea ([^>]*)>(.*?)<\/textarea>/gs)].map(
        ([, tag = '', text = '']) => [attribute(` ${tag}`, 'name') ?? '', plainText(text)],
      )
      return Object.fromEntries([
        ...areas,
        ...inputs.map((input) => [
          attribute(input, 'name') ?? '',
          attribute(input, 'value') ?? defaultValue(input),
        ]),
        ...selects,
      ])
    },
  }
}

const defaultValue = (input: string) => (attribute(input, 'type') === 'checkbox' ? 'on' : '')

/** The value of an attribute in one of our tags, which use double quotes. */
export function attribute(tag: string, name: string): string | undefined {
  const value = tag.match(new RegExp(` ${name}="([^"]*)"`))?.[1]
  return value === undefined ? undefined : plainText(value)
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }

/** Decodes entities in a text. */
export const plainText = (text: string) =>
  text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? '')

/** The page without the layout around it. */
export const contentOf = (html: string): string => html.match(/<main.*<\/main>/s)?.[0] ?? ''

/** The tags and attribute names of a page without text and values, which input must never change. */
export const skeleton = (html: string): string =>
  (html.replace(/="[^"]*"/g, '').match(/<[^>]*>/g) ?? []).join('')
