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
    detail: message('There is nothing at this address. Please check it, or start from your account.'),
  },
  method_not_allowed: {
    status: 405,
    title: message('Not possible here'),
    detail: message('This address can’t be used that way.'),
  },
  too_large: {
    status: 413,
    title: message('Too much at once'),
    detail: message('What you sent is longer than 64 KiB. Please shorten it and try again.'),
  },
  unsupported_media_type: {
    status: 415,
    title: message('Unknown kind of content'),
    detail: message('Send a form (application/x-www-form-urlencoded) or a JSON object (application/json).'),
  },
  malformed: {
    status: 400,
    title: message('That could not be read'),
    detail: message('What you sent is neither a well-formed form nor a JSON object in UTF-8.'),
  },
  duplicate_field: {
    status: 400,
    title: message('That could not be read'),
    detail: message('What you sent has a field twice. Send each of them once.'),
  },
  cross_origin: {
    status: 403,
    title: message('This came from another site'),
    detail: message(
      'To keep you safe, forms are only taken from our own pages. Please open the page here and try again.',
    ),
  },
  other_address: {
    status: 403,
    title: message('Please go to our right address'),
    detail: message(
      'This page is open at another address than ours, so your browser would not keep your sign-in here. Nothing was done. Please go on at the right address.',
    ),
  },
  expired_form: {
    status: 403,
    title: message('Please try again'),
    detail: message('This page had been open for too long. Nothing is wrong: please send it once more.'),
  },
  other_person: {
    status: 409,
    title: message('Another person is signed in'),
    detail: message(
      'Somebody else opened this page before you signed in. Nothing was changed. To go on with it, sign out first.',
    ),
  },
  no_cookie: {
    status: 403,
    title: message('Your browser sent no cookie'),
    detail: message(
      'Our forms need a cookie, and your browser sent none with this one. It may block ours: please allow cookies for this site, then send the form once more.',
    ),
  },
  registration_closed: {
    status: 403,
    title: message('Registration is closed'),
    detail: message('New accounts are made by the people who run this service. Please ask them for one.'),
  },
  invitation_needed: {
    status: 403,
    title: message('Registration is by invitation'),
    detail: message(
      'Open the link in the mail that invited you, or ask the people who run this service for one.',
    ),
  },
  invitation_over: {
    status: 410,
    title: message('This invitation is over'),
    detail: message('It was used already, withdrawn, or is older than seven days. Please ask for a new one.'),
  },
  no_mail: {
    status: 403,
    title: message('This service sends no mail'),
    detail: message(
      'So we can’t mail you a link for a forgotten password, another address or a confirmation. Please ask the people who run this service.',
    ),
  },
  staff_only: {
    status: 403,
    title: message('For staff only'),
    detail: message('You are signed in, but these pages are for the people who run this service.'),
  },
  superusers_only: {
    status: 403,
    title: message('For superusers only'),
    detail: message('You may look at this, but only superusers may change it. Nothing was changed.'),
  },
  unavailable: {
    status: 503,
    title: message('Back in a moment'),
    detail: message(
      'Something we need does not answer just now. Nothing is lost: please try again in a few seconds.',
    ),
    headers: { 'retry-after': '5' },
  },
  failed: {
    status: 500,
    title: message('Something went wrong'),
    detail: message('That is our fault. It has been noted; please try again, or come back later.'),
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
      'You have changed your account many times in a row. This change was not made. Please wait {time}, then try again.',
      { time: durationOf(retryAfter) },
    )
    const refusal = { status: 429, title: message('Too many changes'), detail } as const
    return answer(c, 'too_many_changes', refusal, { 'retry-after': String(retryAfter) })
  }
  const refusal = { status: 429, title: message('Too many tries'), detail: waitFor(error) } as const
  return answer(c, 'too_many_tries', refusal, { 'retry-after': String(retryAfter) })
}

/** The same in a sentence beside a form. */
export const waitFor = ({ retryAfter }: RateLimited): Words =>
  message(
    'To keep accounts safe, only so many tries are possible in a row. Nothing was tried now. Please wait {time}, then try again.',
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
