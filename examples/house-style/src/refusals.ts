import type { User } from '@latchkey/jwt-middleware'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { keptOut } from './kept-out.ts'

export interface Refusal {
  readonly status: ContentfulStatusCode
  readonly title: string
  readonly detail: string
}

const RAW = {
  not_found: {
    status: 404,
    title: 'Page not found',
    detail: 'There is nothing at this address. It may have been moved or deleted.',
  },
  too_large: {
    status: 413,
    title: 'Too much at once',
    detail: 'What you sent is longer than 64 KiB. Please shorten it and try again.',
  },
  malformed: {
    status: 400,
    title: 'That could not be read',
    detail: 'Please go back, load the page again, and try once more.',
  },
  failed: {
    status: 500,
    title: 'Something went wrong',
    detail: 'That is our fault. It has been noted; please try again, or come back later.',
  },
  unavailable: {
    status: 503,
    title: 'Back in a moment',
    detail: 'Something we need does not answer just now. Nothing is lost: please try again in a few seconds.',
  },
  forbidden: {
    status: 403,
    title: 'This is not open to you',
    detail:
      'You are signed in, but this page is for others. If it should be for you, ask the people who run it.',
  },
  inactive: {
    status: 403,
    title: 'Your access is switched off',
    detail:
      'You are signed in, but the people who run this app have switched off your access. Please ask them.',
  },
  not_registered: {
    status: 403,
    title: 'You are not registered here',
    detail:
      'You are signed in, but this app does not know you yet. Please ask the people who run it to let you in.',
  },
  cross_origin: {
    status: 403,
    title: 'This came from another site',
    detail:
      'To keep you safe, forms are only taken from our own pages. Please open the page here and try again.',
  },
} as const satisfies Record<string, Refusal>

export type RefusalName = keyof typeof RAW
export const REFUSALS: Readonly<Record<RefusalName, Refusal>> = RAW

/** The middleware's rejection as text of this house; `null` if it let the request pass. */
export function refusedBy(c: Context): RefusalName | null {
  const user: User | undefined = c.get('user')
  if (!user || !/^text\/html\b/.test(c.res.headers.get('content-type') ?? '')) return null
  if (c.res.status === 503) return 'unavailable'
  if (c.res.status !== 403) return null
  if (user.isAuthenticated) return 'forbidden'
  return keptOut(user) ?? 'cross_origin'
}
