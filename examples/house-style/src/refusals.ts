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
    detail: 'There is no page at this address. It may have been moved or deleted.',
  },
  too_large: {
    status: 413,
    title: 'Request too large',
    detail: 'Your request is larger than 64 KiB. Please shorten it and try again.',
  },
  malformed: {
    status: 400,
    title: 'The request could not be read',
    detail: 'Please go back, load the page again, and try once more.',
  },
  failed: {
    status: 500,
    title: 'Something went wrong',
    detail: 'This is an error on our side, and we have logged it. Please try again, or come back later.',
  },
  unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    detail: 'A system that we need is not responding. Please try again in a few seconds.',
  },
  still_signed_in: {
    status: 503,
    title: 'You are still signed in',
    detail:
      'The sign-in service is not responding, so you could not be signed out. Please try again in a few seconds.',
  },
  forbidden: {
    status: 403,
    title: 'No permission',
    detail:
      'You are signed in, but you don’t have permission to open this page. If you need it, ask the administrator of this app.',
  },
  inactive: {
    status: 403,
    title: 'Access disabled',
    detail: 'You are signed in, but an administrator has disabled your access to this app. Please ask them.',
  },
  not_registered: {
    status: 403,
    title: 'No access to this app',
    detail:
      'You are signed in, but this app does not know your account yet. Please ask its administrator for access.',
  },
  cross_origin: {
    status: 403,
    title: 'Request from another site',
    detail: 'For your safety, we accept forms from our own pages only. Open the page here and try again.',
  },
} as const satisfies Record<string, Refusal>

export type RefusalName = keyof typeof RAW
export const REFUSALS: Readonly<Record<RefusalName, Refusal>> = RAW

/** The middleware's rejection as text of this house; `null` if it let the request pass, or has a page of its own. */
export function refusedBy(c: Context): RefusalName | null {
  const user: User | undefined = c.get('user')
  if (c.req.path.startsWith('/auth/')) return null
  if (!user || !/^text\/html\b/.test(c.res.headers.get('content-type') ?? '')) return null
  if (c.res.status === 503) return c.req.path === '/sign-out' ? 'still_signed_in' : 'unavailable'
  if (c.res.status !== 403) return null
  if (user.isAuthenticated) return 'forbidden'
  return keptOut(user) ?? 'cross_origin'
}
