import { isSameOrigin } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import type { User } from '../../users/users.ts'
import { isOfOtherAddress, noteRightAddress } from '../middleware/canonical-origin.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { type BodyReason, readBody } from './body.ts'
import { carriedFields } from './carried-form.ts'
import { createCsrf } from './csrf.ts'
import { mediaType, wantsJson } from './negotiation.ts'

export type RefusalReason =
  | BodyReason
  | 'cross_origin'
  | 'other_address'
  | 'expired_form'
  | 'no_cookie'
  | 'other_person'

/** Whether the form only needs to be shown again, with a new token. */
export const isOutdated = (reason: RefusalReason | null): reason is 'expired_form' | 'no_cookie' =>
  reason === 'expired_form' || reason === 'no_cookie'

/** What somebody sent in, from one of our own forms or as JSON. */
export interface Submission {
  readonly fields: Readonly<Record<string, unknown>>
  /** Set where the request must not be acted upon; the fields are then good for showing the form again only. */
  readonly refused: RefusalReason | null
  /** Whether the answer should be JSON. */
  readonly json: boolean
}

export interface Forms {
  /** The value of a form's hidden field `csrf_token`. It belongs to a session: by default that of the page, if any. */
  token(c: Context, session?: string): string
  /** Reads a form that was given the token for the same session, or JSON. Default: as for `token`. */
  read(c: Context, session?: string): Promise<Submission>
  /** Reads a form without a token, or JSON: for what does no harm, on pages that must set no cookie. */
  readHarmless(c: Context): Promise<Submission>
}

export interface FormsOptions extends Secrets {
  readonly authUrl: string
  readonly cookieDomain: string
  readonly https: boolean
}

/**
 * Reads what was sent in. Everything must come from our own origin; forms need their token too, which JSON does
 * without, since no page of another origin can send that type without asking first (Fetch, section 4.9).
 */
export function createForms({ authUrl, cookieDomain, ...options }: FormsOptions): Forms {
  const csrf = createCsrf(options)

  async function read(
    c: Context,
    isTrusted: (fields: Submission['fields']) => boolean,
    isSignedIn = false,
  ): Promise<Submission> {
    const carried = carriedFields(c)
    // Checked before the person was asked to confirm who they are.
    if (carried) return { fields: carried, refused: null, json: false }
    const json = wantsJson(c)
    if (isOfOtherAddress(c, { authUrl, cookieDomain })) {
      noteRightAddress(c, authUrl)
      noteRefusal(c, 'other_address')
      return { fields: {}, refused: 'other_address', json }
    }
    if (!isSameOrigin((name) => c.req.header(name), [authUrl])) {
      noteRefusal(c, 'cross_origin')
      return { fields: {}, refused: 'cross_origin', json }
    }
    const body = await readBody(c)
    if (!body.ok) return { fields: {}, refused: body.reason, json }
    const { kind, fields } = body.value
    if (isOfOther(c, fields)) return { fields: {}, refused: 'other_person', json }
    if (kind === 'json' || isTrusted(fields)) return { fields, refused: null, json }
    // Behind a sign-in, cookies evidently work; and programs block none.
    const blocked = !isSignedIn && !json && csrf.cookies(c).length === 0
    const refused = blocked ? 'no_cookie' : 'expired_form'
    noteRefusal(c, refused)
    return { fields, refused, json }
  }

  return {
    token: (c, session = sessionHere(c)) => csrf.token(c, session),
    read: (c, session = sessionHere(c)) =>
      read(c, ({ csrf_token }) => csrf.matches(c, csrf_token, session), session !== undefined),
    readHarmless: (c) => read(c, () => true),
  }
}

const FORMS = 'forms'

/** Has the pages of a request make their forms with these. */
export const provideForms =
  (forms: Pick<Forms, 'token'>): MiddlewareHandler =>
  (c, next) => {
    c.set(FORMS, forms)
    return next()
  }

/** The token for the forms of a page; where the browser has no cookie to go with it, it gets one. */
export const csrfTokenFor = (c: Context): string => (c.get(FORMS) as Pick<Forms, 'token'>).token(c)

/**
 * Whether the form was shown to somebody else than the person who is signed in now. It must never be shown again filled
 * in, nor sent once more: it would change the wrong person.
 */
function isOfOther(c: Context, fields: Submission['fields']): boolean {
  const person = signedInHere(c)
  return person !== null && typeof fields.signed_in_as === 'string' && fields.signed_in_as !== person.uuid
}

/** Whom a page behind a sign-in is shown to; `null` on all other pages. */
export const signedInHere = (c: Context): Pick<User, 'uuid' | 'email'> | null =>
  c.get('account')?.person ?? null

/** Id of the session that such a page belongs to; `undefined` on all others. */
const sessionHere = (c: Context): string | undefined => c.get('account')?.current

/** Whether a checkbox was ticked, for which browsers send nothing otherwise; in JSON, the member as it came. */
export const tickOf = (c: Context, fields: Submission['fields'], name: string): unknown =>
  mediaType(c) === 'application/json' ? fields[name] : fields[name] !== undefined

/** A field as text, to show it again in the form. */
export const textOf = (fields: Submission['fields'], name: string): string => {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}
