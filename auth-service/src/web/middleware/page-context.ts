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
  }
}

/** Provides it to the pages of a request. */
export const providePages =
  (pages: PageContext): MiddlewareHandler =>
  (c, next) => {
    c.set('pages', pages)
    return next()
  }
