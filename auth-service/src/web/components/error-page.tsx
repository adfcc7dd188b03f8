import type { Context } from 'hono'
import type { RateLimited } from '../../accounts/rate-limits.ts'
import { durationOf } from '../../platform/i18n/duration.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import { wantsJson } from '../forms/body.ts'
import { type RefusalReason, signedInHere } from '../forms/submission.ts'
import { rightAddressOf } from '../middleware/canonical-origin.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { PROBLEMS, type ProblemCode, problem, retryHeaders } from '../problems.ts'
import { Layout, page } from './layout.tsx'
import { SupportNote } from './support-note.tsx'
import { useRichTranslation, useTranslation } from './translate.tsx'

interface Refusal {
  readonly title: string
  readonly detail: Message
}

const REFUSALS = {
  not_found: {
    title: message('Page not found'),
    detail: message('There is no page at this address. Check the address, or go to your account.'),
  },
  method_not_allowed: {
    title: message('Not possible here'),
    detail: message('This address can’t be used that way.'),
  },
  too_large: {
    title: message('Request too large'),
    detail: message('Your request is larger than 64 KiB. Please shorten it and try again.'),
  },
  unsupported_media_type: {
    title: message('Unsupported content type'),
    detail: message('Send a form (application/x-www-form-urlencoded) or a JSON object (application/json).'),
  },
  malformed: {
    title: message('The request could not be read'),
    detail: message('The request is neither a valid form nor a JSON object in UTF-8.'),
  },
  duplicate_field: {
    title: message('The request could not be read'),
    detail: message('The request has the same field twice. Send each field once.'),
  },
  cross_origin: {
    title: message('Request from another site'),
    detail: message(
      'For your safety, we accept forms from our own pages only. Open the page here and try again.',
    ),
  },
  other_address: {
    title: message('Wrong address'),
    detail: message(
      'You opened this page at a wrong address, where your browser would not keep you signed in. Nothing was done. Please continue at the right address.',
    ),
  },
  expired_form: {
    title: message('Please try again'),
    detail: message('This page was open for too long. Please send the form once more.'),
  },
  other_person: {
    title: message('Another person is signed in'),
    detail: message(
      'Another person opened this page before you signed in. Nothing was changed. To continue, sign out first.',
    ),
  },
  no_cookie: {
    title: message('Your browser sent no cookie'),
    detail: message(
      'Our forms need a cookie, and your browser sent none. It may block our cookies: allow cookies for this site, then send the form once more.',
    ),
  },
  registration_closed: {
    title: message('Registration is closed'),
    detail: message('Only an administrator can create accounts. Please ask for one.'),
  },
  invitation_needed: {
    title: message('Registration is by invitation'),
    detail: message('Open the link in your invitation email, or ask your administrator for an invitation.'),
  },
  invitation_over: {
    title: message('Invitation expired'),
    detail: message(
      'It was already used or withdrawn, or it is older than seven days. Please ask for a new one.',
    ),
  },
  no_mail: {
    title: message('This service sends no email'),
    detail: message(
      'We can’t send you a link to reset your password, or to change or confirm your address. Please ask your administrator.',
    ),
  },
  staff_only: {
    title: message('For staff only'),
    detail: message('You are signed in, but only staff can open these pages.'),
  },
  superusers_only: {
    title: message('For superusers only'),
    detail: message('You can view this, but only superusers can change it. Nothing was changed.'),
  },
  unavailable: {
    title: message('Temporarily unavailable'),
    detail: message('A system that we need is not responding. Please try again in a few seconds.'),
  },
  failed: {
    title: message('Something went wrong'),
    detail: message(
      'This is an error on our side, and we have logged it. Please try again, or come back later.',
    ),
  },
} satisfies Partial<Record<ProblemCode, Refusal>> & Record<RefusalReason, Refusal>

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
    const refusal = { title: message('Too many changes'), detail }
    return answer(c, 'too_many_changes', refusal, { 'retry-after': String(retryAfter) })
  }
  const refusal = { title: message('Too many attempts'), detail: waitFor(error) }
  return answer(c, 'too_many_tries', refusal, { 'retry-after': String(retryAfter) })
}

/** The same in a sentence beside a form. */
export const waitFor = ({ retryAfter }: RateLimited): Message =>
  message(
    'To protect accounts, we limit the number of attempts in a row. This attempt was not made. Please wait {time}, then try again.',
    { time: durationOf(retryAfter) },
  )

function answer(c: Context, code: ProblemCode, { title, detail }: Refusal, headers: Record<string, string>) {
  noteRefusal(c, code)
  if (wantsJson(c)) return problem(code, { title, detail: String(detail) }, headers)
  const sent = { 'cache-control': 'private, no-store', ...retryHeaders(code), ...headers }
  for (const [header, value] of Object.entries(sent)) c.header(header, value)
  return page(
    c,
    PROBLEMS[code].status,
    <RefusalPage {...{ c, title, detail, rightAddress: rightAddressOf(c) }} />,
  )
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
  code: 'sign_in_failed' | 'invalid_fields',
  errors: Readonly<Record<string, Message | undefined>>,
  headers: Record<string, string> = {},
): Response =>
  problem(
    code,
    {
      title: code === 'sign_in_failed' ? 'Not signed in' : 'Some fields need another look',
      detail: String(Object.values(errors)[0] ?? ''),
      errors,
    },
    headers,
  )
