import type { Context, MiddlewareHandler } from 'hono'
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

/** Provides it to the pages of a request. */
export const providePages =
  (pages: PageContext): MiddlewareHandler =>
  (c, next) => {
    c.set('pages', pages)
    return next()
  }
