import { type SHORTENED, safeNext, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { Apps } from '../../apps/apps.ts'
import type { Config } from '../../platform/config/config.ts'
import type { Submission } from '../forms/submission.ts'
import { logRefusedReturnUrl } from './return-url-log.ts'

/** Where to go when the form is done. */
export interface ReturnUrl {
  /** The absolute URL that was asked for, if it is one of ours. */
  readonly href: string | null
  /** The host to name on the page, where it is another than the auth service's own. */
  readonly host: string | null
  /** What to call it on the page: the registered app's name, or else that host. */
  readonly name: string | null
  /** Something was asked for that is not one of ours. */
  readonly refused: boolean
}

/** Nothing was asked for. */
export const NOWHERE: ReturnUrl = { href: null, host: null, name: null, refused: false }

export interface ReturnUrlOptions {
  readonly config: Pick<Config, 'authUrl' | 'cookieDomain' | 'https'>
  readonly apps: Pick<Apps, 'at' | 'origins'>
  readonly warn: WarnLimited
}

export interface ReturnUrls {
  /** Judges a value: one string, or anything else, which is refused. */
  read(given: unknown): ReturnUrl
  /** The `next` of a request's query; given twice, it is refused. */
  fromQuery(c: Context): ReturnUrl
  /** The `next` of a form, or else of the query of the request that sent it. */
  fromForm(c: Context, fields: Submission['fields']): ReturnUrl
  /** Absolute URL of one of our own pages, with what there is to note. */
  ours(page: string, ...notices: Notice[]): string
  /** Absolute URL to send the person to: `next`, judged anew, or our own page with what there is to note. */
  landing(next: ReturnUrl, page: string, ...notices: Notice[]): string
}

/** What a page may be asked to say, by its query; the words are the page's. */
export type Notice =
  | 'next_refused'
  | typeof SHORTENED
  | 'signed_out'
  | 'session_ended'
  | 'others_ended'
  | 'all_ended'
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

// Stands for an address that was refused, so that the note outlives the form without the address in our markup.
const REFUSED = 'refused'

/** What a form or link carries on as `next`; `''` for nothing. */
export const carried = (next: ReturnUrl): string => next.href ?? (next.refused ? REFUSED : '')

/** The same on a path of ours that tells something first. */
export const withNotice = (path: string, next: ReturnUrl, notice: Notice): string => {
  const query = new URLSearchParams({ ...(carried(next) !== '' && { next: carried(next) }), notice })
  return `${path}?${query}`
}

/** One of our own paths with `next` on it, e.g. from signing in to registering, after what else its query says. */
export const withNext = (
  path: string,
  next: ReturnUrl,
  query: Readonly<Record<string, string>> = {},
): string => {
  const all = new URLSearchParams({ ...query, ...(carried(next) !== '' && { next: carried(next) }) })
  return all.size === 0 ? path : `${path}?${all}`
}

/** Judges every `next` when it comes in and again when it goes out. */
export function createReturnUrls({ config, apps, warn }: ReturnUrlOptions): ReturnUrls {
  const { authUrl, cookieDomain, https } = config
  const judge = (given: unknown) =>
    safeNext(given, { cookieDomain, httpsOnly: https, origins: apps.origins() })

  function read(given: unknown): ReturnUrl {
    if (given === undefined || given === null || given === '') return NOWHERE
    const href = judge(given)
    if (href === null) {
      // Ours, on a form: what it stands for was logged when the form was asked for.
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
    landing: (next, page, ...notices) =>
      judge(next.href) ?? ours(page, ...notices, ...(next.refused ? (['next_refused'] as const) : [])),
  }
}
