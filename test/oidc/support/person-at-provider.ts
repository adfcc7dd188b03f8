import { createVisitor, NAVIGATION, type Visit } from '../../support/visitor.ts'
import type { HttpsProvider } from './https-provider.ts'

/** What a page of the provider asked the person for. */
export type Asked = 'sign in' | 'confirm' | 'consent'

/** Where an authorization or a sign-out ended. */
export interface Arrival {
  /** The last address: of the app, or of a page of the provider. */
  readonly url: URL
  /** The page, if it is one of the provider's. */
  readonly page: Visit | null
  /** What the pages on the way asked for. */
  readonly asked: readonly Asked[]
}

export interface Credentials {
  readonly email: string
  readonly password: string
}

/** A person with a browser, who does what the pages of the provider ask. */
export function createPerson(provider: Pick<HttpsProvider, 'origin' | 'via' | 'wait'>, who: Credentials) {
  const visitor = createVisitor(provider.via)

  /** Follows redirects to a page, or until they leave the provider. */
  async function follow(first: Visit): Promise<Omit<Arrival, 'asked'>> {
    let visit = first
    for (let hops = 0; visit.location !== null; hops++) {
      if (hops === 12) throw new Error(`A loop of redirects, at ${visit.url}`)
      const url = new URL(visit.location, visit.url)
      if (url.origin !== provider.origin) return { url, page: null }
      visit = await visitor.request(url.href, { headers: NAVIGATION })
    }
    return { url: new URL(visit.url), page: visit }
  }

  const open = async (url: string) =>
    follow(await visitor.request(new URL(url, provider.origin).href, { headers: NAVIGATION }))

  /** Sends a form of a page, a moment after it was shown. */
  async function submit(page: Visit, action: string, fields: Record<string, string> = {}) {
    provider.wait(2)
    const headers = {
      ...NAVIGATION,
      origin: provider.origin,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const body = new URLSearchParams({ ...page.form(action), ...fields }).toString()
    return follow(await visitor.request(new URL(action, page.url).href, { method: 'POST', headers, body }))
  }

  /** What a page asks for, and the form that answers it; `null` for other pages. */
  function answerTo(page: Visit): [Asked, action: string, fields: Record<string, string>] | null {
    const { pathname } = new URL(page.url)
    if (pathname === '/login') return ['sign in', '/login', { ...who }]
    const has = (action: string) => page.html.includes(` action="${pathname}/${action}"`)
    if (has('login')) return ['confirm', `${pathname}/login`, { password: who.password }]
    return has('allow') ? ['consent', `${pathname}/allow`, {}] : null
  }

  /** Goes where an app sends the browser, and answers each page. */
  async function authorize(url: URL | string, from = open): Promise<Arrival> {
    const asked: Asked[] = []
    let arrival = await from(String(url))
    while (arrival.page && asked.length < 5) {
      const answer = answerTo(arrival.page)
      if (!answer) break
      const [what, action, fields] = answer
      asked.push(what)
      arrival = await submit(arrival.page, action, fields)
    }
    return { ...arrival, asked }
  }

  return {
    visitor,
    open,
    submit,
    authorize,
    /** Goes to the end of the session that an app asks for, and signs out of everything if asked. */
    async signOut(url: string | URL): Promise<Omit<Arrival, 'asked'> & { readonly isAsked: boolean }> {
      const arrival = await open(String(url))
      const action = `${provider.origin}/oidc/logout/confirm`
      const isAsked = arrival.page?.html.includes(` action="${action}"`) ?? false
      if (!arrival.page || !isAsked) return { ...arrival, isAsked }
      return { ...(await submit(arrival.page, action, { logout: 'yes' })), isAsked }
    },
  }
}

export type Person = ReturnType<typeof createPerson>
