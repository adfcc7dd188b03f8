import { MAX_LOCATION_LENGTH, SHORTENED } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { continuePage } from '../components/continue-page.tsx'
import type { Theme } from './theme.ts'

/** What all pages share. */
export interface PageContext {
  readonly look: Theme
  /** Makes the tokens of forms: see submission.ts. */
  readonly forms: { token(c: Context): string }
  readonly authUrl: string
}

declare module 'hono' {
  interface ContextVariableMap {
    /** Absent from the requests of programs. */
    pages?: PageContext
    /**
     * Path of the page of this request, for the language switch: the response to a form has no URL of its own, or
     * another one, and `Referer` omits tokens (`originAsReferrer`). Few responses need it, so it can be made when they
     * do.
     */
    returnPath?: string | (() => string)
  }
}

/**
 * Provides it to the pages of a request, which browsers open at AUTH_URL alone (`openHere`). A redirect that proxies
 * might reject, because its URL is too long for a header, becomes a page; and so does one to a URL that the app had to
 * shorten, to tell the user.
 */
export function providePages(pages: PageContext, openHere: MiddlewareHandler): MiddlewareHandler {
  return async (c, next) => {
    const { method } = c.req
    c.set('pages', pages)
    const elsewhere = await (method === 'GET' || method === 'HEAD' ? openHere(c, next) : next())
    if (elsewhere instanceof Response) c.res = elsewhere
    const href = c.res.headers.get('location')
    if (href === null) return
    const isShortened = method === 'GET' && (c.req.queries('notice') ?? []).includes(SHORTENED)
    if (href.length > MAX_LOCATION_LENGTH || isShortened) await continuePage(c, href, isShortened)
  }
}
