import { problemResponse } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RateLimited } from '../../accounts/rate-limits.ts'
import { durationOf } from '../../platform/i18n/duration.ts'
import { message, type Words } from '../../platform/i18n/message.ts'
import { wantsJson } from '../forms/negotiation.ts'
import { type RefusalReason, signedInHere } from '../forms/submission.ts'
import { rightAddressOf } from '../middleware/canonical-origin.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { Layout, page } from './layout.tsx'
import { SupportNote } from './support-note.tsx'
import { useRichTranslation, useTranslation } from './translate.tsx'

interface Refusal {
  readonly status: ContentfulStatusCode
  readonly title: string
  readonly detail: Words
  /** Names in lower case. */
  readonly headers?: Record<string, string>
}

const REFUSALS = {
  not_found: {
    status: 404,
    title: message('Page not found'),
    detail: message('There is no page at this address. Check the address, or go to your account.'),
  },
  method_not_allowed: {
    status: 405,
    title: message('Not possible here'),
    detail: message('This address can’t be used that way.'),
  },
  too_large: {
    status: 413,
    title: message('Request too large'),
    detail: message('Your request is larger than 64 KiB. Please shorten it and try again.'),
  },
  unsupported_media_type: {
    status: 415,
    title: message('Unsupported content type'),
    detail: message('Send a form (application/x-www-form-urlencoded) or a JSON object (application/json).'),
  },
  malformed: {
    status: 400,
    title: message('The request could not be read'),
    detail: message('The request is neither a valid form nor a JSON object in UTF-8.'),
  },
  duplicate_field: {
    status: 400,
    title: message('The request could not be read'),
    detail: message('The request has the same field twice. Send each field once.'),
  },
  cross_origin: {
    status: 403,
    title: message('Request from another site'),
    detail: message(
      'For your safety, we accept forms from our own pages only. Open the page here and try again.',
    ),
  },
  other_address: {
    status: 403,
    title: message('Wrong address'),
    detail: message(
      'You opened this page at a wrong address, where your browser would not keep you signed in. Nothing was done. Please continue at the right address.',
    ),
  },
  expired_form: {
    status: 403,
    title: message('Please try again'),
    detail: message('This page was open for too long. Please send the form once more.'),
  },
  other_person: {
    status: 409,
    title: message('Another person is signed in'),
    detail: message(
      'Another person opened this page before you signed in. Nothing was changed. To continue, sign out first.',
    ),
  },
  no_cookie: {
    status: 403,
    title: message('Your browser sent no cookie'),
    detail: message(
      'Our forms need a cookie, and your browser sent none. It may block our cookies: allow cookies for this site, then send the form once more.',
    ),
  },
  registration_closed: {
    status: 403,
    title: message('Registration is closed'),
    detail: message('Only an administrator can create accounts. Please ask for one.'),
  },
  invitation_needed: {
    status: 403,
    title: message('Registration is by invitation'),
    detail: message('Open the link in your invitation email, or ask your administrator for an invitation.'),
  },
  invitation_over: {
    status: 410,
    title: message('Invitation expired'),
    detail: message(
      'It was already used or withdrawn, or it is older than seven days. Please ask for a new one.',
    ),
  },
  no_mail: {
    status: 403,
    title: message('This service sends no email'),
    detail: message(
      'We can’t send you a link to reset your password, or to change or confirm your address. Please ask your administrator.',
    ),
  },
  staff_only: {
    status: 403,
    title: message('For staff only'),
    detail: message('You are signed in, but only staff can open these pages.'),
  },
  superusers_only: {
    status: 403,
    title: message('For superusers only'),
    detail: message('You can view this, but only superusers can change it. Nothing was changed.'),
  },
  unavailable: {
    status: 503,
    title: message('Temporarily unavailable'),
    detail: message('A system that we need is not responding. Please try again in a few seconds.'),
    headers: { 'retry-after': '5' },
  },
  failed: {
    status: 500,
    title: message('Something went wrong'),
    detail: message(
      'This is an error on our side, and we have logged it. Please try again, or come back later.',
    ),
  },
} satisfies Record<RefusalReason | string, Refusal>

export type RefusalName = keyof typeof REFUSALS

/** The texts of an error, for its own page or beside a form. */
export const refusal = (name: RefusalName): Refusal => REFUSALS[name]

/** Responds with an error: a problem for programs (RFC 9457), a page for users. */
export const refuse = (c: Context, name: RefusalName, headers: Record<string, string> = {}) =>
  answer(c, name, refusal(name), headers)

/** Responds that the rate limit is reached, with the time to wait. */
export function refuseForNow(c: Context, error: RateLimited) {
  const { retryAfter, isChange } = error
  if (isChange) {
    const detail = message(
      'You changed your account many times in a row. This change was not made. Please wait {time}, then try again.',
      { time: durationOf(retryAfter) },
    )
    const refusal = { status: 429, title: message('Too many changes'), detail } as const
    return answer(c, 'too_many_changes', refusal, { 'retry-after': String(retryAfter) })
  }
  const refusal = { status: 429, title: message('Too many attempts'), detail: waitFor(error) } as const
  return answer(c, 'too_many_tries', refusal, { 'retry-after': String(retryAfter) })
}

/** The same in a sentence beside a form. */
export const waitFor = ({ retryAfter }: RateLimited): Words =>
  message(
    'To protect accounts, we limit the number of attempts in a row. This attempt was not made. Please wait {time}, then try again.',
    { time: durationOf(retryAfter) },
  )

function answer(c: Context, name: string, refusal: Refusal, extraHeaders: Record<string, string>) {
  noteRefusal(c, name)
  const { status, title, detail, headers = {} } = refusal
  const sent = { 'cache-control': 'private, no-store', ...headers, ...extraHeaders }
  if (wantsJson(c)) return problemResponse({ status, title, detail: String(detail) }, sent)
  for (const [header, value] of Object.entries(sent)) c.header(header, value)
  return page(c, status, <RefusalPage {...{ c, title, detail, rightAddress: rightAddressOf(c) }} />)
}

interface RefusalPageProps extends Pick<Refusal, 'title' | 'detail'> {
  readonly c: Context
  /** The same page at AUTH_URL, if it was opened under another name. */
  readonly rightAddress: string | null
}

const RefusalPage = ({ c, title, detail, rightAddress }: RefusalPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const signedIn = detail === REFUSALS.other_person.detail ? signedInHere(c) : null
  return (
    <Layout title={t(title)}>
      <div class="card">
        <h1>{t(title)}</h1>
        {signedIn && (
          <p>{rich('You are signed in as {email}.', { email: <strong>{signedIn.email}</strong> })}</p>
        )}
        <p>{t(detail)}</p>
        {signedIn && (
          <p>
            <a href="/logout">{t('Sign out')}</a>
          </p>
        )}
        <p>
          {rightAddress === null ? (
            <a href="/account">{t('Go to your account')}</a>
          ) : (
            <a href={rightAddress}>{t('Go to {url}', { url: new URL(rightAddress).origin })}</a>
          )}
        </p>
        <SupportNote c={c} />
      </div>
    </Layout>
  )
}

/** Responds to JSON with invalid fields, with a sentence for each. */
export const invalid = (
  status: 401 | 422,
  errors: Readonly<Record<string, Words | undefined>>,
  headers: Record<string, string> = {},
): Response =>
  problemResponse(
    {
      status,
      title: status === 401 ? 'Not signed in' : 'Some fields need another look',
      detail: String(Object.values(errors)[0] ?? ''),
      errors,
    },
    headers,
  )
