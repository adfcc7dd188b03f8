import { isSameOrigin, type Result } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import type { User } from '../../users/users.ts'
import { isOfOtherAddress, noteRightAddress } from '../middleware/canonical-origin.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { type Body, type BodyReason, mediaType, readBody, wantsJson } from './body.ts'
import { CARRIED, type CarriedForm } from './carried-form.ts'
import { type CsrfProof, createCsrf } from './csrf.ts'

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
  /** The request's body, and where it is from: what all readers of a form need, found once. */
  arrival(c: Context): Promise<Arrival>
}

/** A form or JSON as it arrived. */
export interface Arrival {
  /** Whether the response should be JSON. */
  readonly json: boolean
  /** Nothing was read, if it is from elsewhere. */
  readonly body: Result<Body, BodyReason | 'cross_origin' | 'other_address'>
  /** What it proves, if it is a form. */
  readonly proof: CsrfProof | null
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
  const arrivals = new WeakMap<Context, Promise<Arrival>>()

  function arrival(c: Context): Promise<Arrival> {
    const known = arrivals.get(c)
    if (known) return known
    const arriving = arrive(c)
    arrivals.set(c, arriving)
    return arriving
  }

  function problemOfOrigin(c: Context): 'other_address' | 'cross_origin' | null {
    if (isOfOtherAddress(c, { authUrl, cookieDomain })) return 'other_address'
    return isSameOrigin(c.req.header.bind(c.req), [authUrl]) ? null : 'cross_origin'
  }

  async function arrive(c: Context): Promise<Arrival> {
    const type = mediaType(c)
    const json = wantsJson(c)
    // Nearly all forms say that they come from a page of ours.
    const from = c.req.header('origin') === authUrl ? null : problemOfOrigin(c)
    if (from !== null) return { json, body: { ok: false, reason: from }, proof: null }
    const body = await readBody(c, type)
    const isForm = body.ok && body.value.kind === 'form'
    c.set(IS_JSON, body.ok && body.value.kind === 'json')
    return { json, body, proof: isForm ? csrf.read(c, body.value.fields.csrf_token) : null }
  }

  async function read(
    c: Context,
    isTrusted: (proof: CsrfProof) => boolean,
    isSignedIn = false,
  ): Promise<Submission> {
    const carried: CarriedForm['fields'] | undefined = c.get(CARRIED)
    // Checked before the user was asked to confirm their identity.
    if (carried) return { fields: carried, refused: null, json: false }
    const { json, body, proof } = await arrival(c)
    if (!body.ok) {
      const { reason } = body
      if (reason === 'other_address') noteRightAddress(c, authUrl)
      if (reason === 'other_address' || reason === 'cross_origin') noteRefusal(c, reason)
      return { fields: {}, refused: reason, json }
    }
    const { fields } = body.value
    if (isOfOther(c, fields)) return { fields: {}, refused: 'other_person', json }
    if (proof === null || isTrusted(proof)) return { fields, refused: null, json }
    // A signed-in browser evidently stores cookies; and programs block none.
    const blocked = !isSignedIn && !json && proof.cookies.length === 0
    const refused = blocked ? 'no_cookie' : 'expired_form'
    noteRefusal(c, refused)
    return { fields, refused, json }
  }

  return {
    token: (c, session = sessionHere(c)) => csrf.token(c, session),
    read: (c, session = sessionHere(c)) =>
      read(c, (proof) => csrf.matches(c, proof, session), session !== undefined),
    readHarmless: (c) => read(c, () => true),
    arrival,
  }
}

/** The token for a page's forms; sets the cookie if the browser has none. */
export function csrfTokenFor(c: Context): string {
  const { pages } = c.var
  if (!pages) throw new Error('Only pages have forms: see providePages.')
  return pages.forms.token(c)
}

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
  c.get(IS_JSON) ? fields[name] : fields[name] !== undefined

/** Whether the submission is JSON, and not a form. */
const IS_JSON = 'submissionIsJson'

/** A field as text, to show it in the form again. */
export const textOf = (fields: Submission['fields'], name: string): string => {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}
