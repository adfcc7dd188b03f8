import { createHash } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { configuredCookieNames } from '../../platform/config/config.ts'
import type { Service } from '../../service.ts'
import type { Forms } from './submission.ts'

/** A stored response, with the browser's session before and after it; `''` for none. */
interface Kept {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | null
  readonly before: string
  readonly after: string
}

const PAGE = 'keptPage'

/** Also stores a page as the response, although it is no redirect: its action must not run twice. */
export const keepPage = (c: Context): void => c.set(PAGE, true)

/** Parts that are new in each response. */
const NOT_KEPT = new Set(['content-length', 'date', 'x-request-id'])

/**
 * Repeats the response to a form that is sent again, and runs its action once, after a double click, a reload, or a
 * lost response. The first response may never have arrived, so that its cookies are sent again, too.
 *
 * Forms are the same with the token of the same page, the same content, and the same csrf cookie. No one else knows all
 * three. The browser must also have the session from before the first response, or the one that it set; so no other
 * user's browser is signed in or out, and neither is one where the user signed out since.
 *
 * Only successes are stored. They are redirects (303), except for pages that request it ({@link keepPage}): they are
 * small, and a rejected form may be sent again. JSON has no token, and each request is handled separately.
 */
export function answerOnce(
  service: Pick<Service, 'config' | 'formAnswers' | 'sessions'>,
  forms: Pick<Forms, 'arrival'>,
): MiddlewareHandler {
  const { config, formAnswers, sessions } = service
  const { refresh } = configuredCookieNames(config)

  /** Everything that identifies a submission; `null` if it is not from a form of ours. */
  async function nameOf(c: Context): Promise<string | null> {
    if (c.req.method !== 'POST') return null
    const { proof } = await forms.arrival(c)
    if (!proof?.claims || proof.cookies.length === 0) return null
    const { pathname, search } = new URL(c.req.url)
    const content = createHash('sha256')
      .update(Buffer.from(await c.req.arrayBuffer()))
      .digest('base64url')
    return JSON.stringify([pathname + search, content, proof.cookies.toSorted()])
  }

  async function keptOf(c: Context): Promise<string> {
    const headers = [...c.res.headers].filter(([name]) => !NOT_KEPT.has(name))
    const line = c.res.headers.getSetCookie().findLast((one) => one.startsWith(`${refresh}=`))
    const given = line?.slice(refresh.length + 1).split(';', 1)[0]
    // A sign-out deletes the cookie.
    const set = given ? sessions.idOf(given) : given
    const { cookies } = c.var.device
    const before = cookies.has(refresh) ? (await sessions.idsFrom(cookies)).join(' ') : ''
    const after = set ?? before
    const body = c.get(PAGE) ? await c.res.clone().text() : null
    return JSON.stringify({ status: c.res.status, headers, body, before, after } satisfies Kept)
  }

  /** The same response, for the browser's current cookies; `null` if it does not fit this browser any more. */
  async function again(c: Context, { status, headers, body, before, after }: Kept): Promise<Response | null> {
    const current = (await sessions.idsFrom(c.var.device.cookies)).join(' ')
    if (current !== before && current !== after) return null
    const response = new Response(body, { status })
    if (after === '' || current !== after) {
      if (after !== '' && !(await sessions.isLive(after))) return null
      for (const [name, value] of headers) response.headers.append(name, value)
      return response
    }
    // The browser has the session, perhaps with newer tokens than the response, and must not get older ones.
    const renewed = await sessions.renewFrom(c.var.device.cookies, c.var.device)
    if (!renewed.ok) return null
    const isOld = (line: string) =>
      before !== after || renewed.value.cookies.some((cookie) => nameOfCookie(cookie) === nameOfCookie(line))
    for (const [name, value] of headers) {
      if (name !== 'set-cookie' || !isOld(value)) response.headers.append(name, value)
    }
    for (const cookie of renewed.value.cookies) response.headers.append('set-cookie', cookie)
    return response
  }

  return async (c, next) => {
    const name = await nameOf(c)
    if (name === null) return next()
    const place = await formAnswers.take(name)
    if (!place.isFirst) return (await again(c, JSON.parse(place.answer))) ?? next()
    let isKept = false
    try {
      await next()
      isKept = c.res.status === 303 || c.get(PAGE) === true
      if (isKept) await place.keep(await keptOf(c))
    } finally {
      if (!isKept) await place.giveUp().catch(() => {})
    }
  }
}

const nameOfCookie = (line: string): string => line.split('=', 1)[0] as string
