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

/** Whether the form should only be shown again, with a new token. */
export const isOutdated = (reason: RefusalReason | null): reason is 'expired_form' | 'no_cookie' =>
  reason === 'expired_form' || reason === 'no_cookie'

/** The input of one of our own forms, or JSON. */
export interface Submission {
  readonly fields: Readonly<Record<string, unknown>>
  /** Set if the request must not be processed; the fields may then only be shown in the form again. */
  readonly refused: RefusalReason | null
  /** Whether the response should be JSON. */
  readonly json: boolean
}

export interface Forms {
  /** The value of a form's hidden field `csrf_token`. It belongs to a session: by default that of the page, if any. */
  token(c: Context, session?: string): string
  /** Reads a form with a token for the same session, or JSON. Default: as for `token`. */
  read(c: Context, session?: string): Promise<Submission>
  /** Reads a form without a token, or JSON: for harmless actions, on pages that must set no cookie. */
  readHarmless(c: Context): Promise<Submission>
}

export interface FormsOptions extends Secrets {
  readonly authUrl: string
  readonly cookieDomain: string
  readonly https: boolean
}

/**
 * Reads a submission. It must come from our own origin; forms also need their token, which JSON does not, since no page
 * of another origin can send that type without a preflight (Fetch, section 4.9).
 */
export function createForms({ authUrl, cookieDomain, ...options }: FormsOptions): Forms {
  const csrf = createCsrf(options)

  async function read(
    c: Context,
    isTrusted: (fields: Submission['fields']) => boolean,
    isSignedIn = false,
  ): Promise<Submission> {
    const carried = carriedFields(c)
    // Checked before the user was asked to confirm their identity.
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
    // A signed-in browser evidently stores cookies; and programs block none.
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

/** Provides these to the pages of a request. */
export const provideForms =
  (forms: Pick<Forms, 'token'>): MiddlewareHandler =>
  (c, next) => {
    c.set(FORMS, forms)
    return next()
  }

/** The token for a page's forms; sets the cookie if the browser has none. */
export const csrfTokenFor = (c: Context): string => (c.get(FORMS) as Pick<Forms, 'token'>).token(c)

/**
 * Whether the form was shown to another user than the one signed in now. It must never be shown filled in or sent
 * again, since it would change the wrong user.
 */
function isOfOther(c: Context, fields: Submission['fields']): boolean {
  const user = signedInHere(c)
  return user !== null && typeof fields.signed_in_as === 'string' && fields.signed_in_as !== user.uuid
}

/** The user of a page behind a sign-in; `null` on all other pages. */
export const signedInHere = (c: Context): Pick<User, 'uuid' | 'email'> | null =>
  c.get('account')?.user ?? null

/** Id of the session of such a page; `undefined` on all others. */
const sessionHere = (c: Context): string | undefined => c.get('account')?.current

/** Whether a checkbox was checked, for which browsers send nothing otherwise; in JSON, the member unchanged. */
export const tickOf = (c: Context, fields: Submission['fields'], name: string): unknown =>
  mediaType(c) === 'application/json' ? fields[name] : fields[name] !== undefined

/** A field as text, to show it in the form again. */
export const textOf = (fields: Submission['fields'], name: string): string => {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}
