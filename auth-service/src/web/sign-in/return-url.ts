import { type SHORTENED, safeNext, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { Apps } from '../../apps/apps.ts'
import type { Config } from '../../platform/config/config.ts'
import type { Submission } from '../forms/submission.ts'
import { logRefusedReturnUrl } from './return-url-log.ts'

/** The target after a form. */
export interface ReturnUrl {
  /** The requested absolute URL, if it is in the family. */
  readonly href: string | null
  /** The host to name on the page, unless it is the auth service's own. */
  readonly host: string | null
  /** Its name on the page: the registered app's name, or that host. */
  readonly name: string | null
  /** The requested URL is foreign. */
  readonly refused: boolean
}

/** No URL was requested. */
const NOWHERE: ReturnUrl = { href: null, host: null, name: null, refused: false }

export interface ReturnUrlOptions {
  readonly config: Pick<Config, 'authUrl' | 'cookieDomain' | 'https'>
  readonly apps: Pick<Apps, 'at' | 'origins'>
  readonly warn: WarnLimited
}

export interface ReturnUrls {
  /** Checks a value: one string, or anything else, which is rejected. */
  read(given: unknown): ReturnUrl
  /** The `next` of a request's query; rejected if given twice. */
  fromQuery(c: Context): ReturnUrl
  /** The `next` of a form, or else of the query of its request. */
  fromForm(c: Context, fields: Submission['fields']): ReturnUrl
  /** Absolute URL of one of our own pages, with notices. */
  ours(page: string, ...notices: Notice[]): string
  /** Absolute URL to redirect the user to: `next`, checked again, or our own page with notices. */
  landing(next: ReturnUrl, page: string, ...notices: Notice[]): string
}

/** Notices that a page can show, by its query; the texts are the page's. */
export type Notice =
  | 'next_refused'
  | typeof SHORTENED
  | 'signed_out'
  | 'session_ended'
  | 'others_ended'
  | 'all_ended'
  | 'tokens_go_on'
  | 'app_withdrawn'
  | 'deletion_requested'
  | 'deletion_cancelled'
  | 'confirmation_mailed'
  | 'email_confirmed'
  | 'email_change_mailed'
  | 'email_changed'
  | 'names_changed'
  | 'password_changed'
  | 'password_reset'
  | 'password_dropped'
  | 'tangled'

// Stands for a rejected URL, so that the form keeps the notice without the URL in our markup.
const REFUSED = 'refused'

/** The value of `next` in a form or link; `''` for none. */
export const carried = (next: ReturnUrl): string => next.href ?? (next.refused ? REFUSED : '')

/** The same on a path of ours that shows something first. */
export const withNotice = (path: string, next: ReturnUrl, ...notices: readonly Notice[]): string => {
  const query = new URLSearchParams(carried(next) === '' ? {} : { next: carried(next) })
  for (const notice of notices) query.append('notice', notice)
  return `${path}?${query}`
}

/** One of our own paths with `next`, e.g. from signing in to registering, after its other parameters. */
export const withNext = (
  path: string,
  next: ReturnUrl,
  query: Readonly<Record<string, string>> = {},
): string => {
  const all = new URLSearchParams({ ...query, ...(carried(next) !== '' && { next: carried(next) }) })
  return all.size === 0 ? path : `${path}?${all}`
}

/** Checks every `next` when it arrives and again before a redirect. */
export function createReturnUrls({ config, apps, warn }: ReturnUrlOptions): ReturnUrls {
  const { authUrl, cookieDomain, https } = config
  const judge = (given: unknown) =>
    safeNext(given, { cookieDomain, httpsOnly: https, origins: apps.origins() })

  function read(given: unknown): ReturnUrl {
    if (given === undefined || given === null || given === '') return NOWHERE
    const href = judge(given)
    if (href === null) {
      // Our placeholder in a form: the rejection was logged when the form was requested.
      if (given !== REFUSED) logRefusedReturnUrl(warn, given, config)
      return { href, host: null, name: null, refused: true }
    }
    const { hostname, origin } = new URL(href)
    const host = origin === authUrl ? null : hostname
    return { href, host, name: host && (apps.at(origin)?.name ?? host), refused: false }
  }

  function ours(page: string, ...notices: Notice[]): string {
    const url = new URL(page, authUrl)
    for (const notice of notices) url.searchParams.append('notice', notice)
    return url.href
  }

  return {
    read,
    fromQuery(c) {
      const given = c.req.queries('next') ?? []
      return read(given.length > 1 ? given : given[0])
    },
    fromForm: (c, fields) => read(fields.next ?? c.req.query('next')),
    ours,
    landing: ({ href, refused }, page, ...notices) =>
      (href === null ? null : judge(href)) ??
      ours(page, ...notices, ...(refused ? (['next_refused'] as const) : [])),
  }
}
