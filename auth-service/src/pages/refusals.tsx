import { problemResponse } from '@latchkey/jwt-middleware'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { wantsJson } from '../http/negotiation.ts'
import type { RefusalReason } from '../http/submission.ts'
import type { Words } from '../languages/message.ts'
import type { TooManyTries } from '../limits.ts'
import { AskForHelp } from './ask-for-help.tsx'
import { Layout, page } from './layout.tsx'

interface Refusal {
  readonly status: ContentfulStatusCode
  readonly title: string
  readonly detail: string
  /** Names in lower case. */
  readonly headers?: Record<string, string>
}

const REFUSALS = {
  not_found: {
    status: 404,
    title: 'Page not found',
    detail: 'There is nothing at this address. Please check it, or start from your account.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Not possible here',
    detail: 'This address can’t be used that way.',
  },
  too_large: {
    status: 413,
    title: 'Too much at once',
    detail: 'What you sent is longer than 64 KiB. Please shorten it and try again.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unknown kind of content',
    detail: 'Send a form (application/x-www-form-urlencoded) or a JSON object (application/json).',
  },
  malformed: {
    status: 400,
    title: 'That could not be read',
    detail: 'What you sent is neither a well-formed form nor a JSON object in UTF-8.',
  },
  duplicate_field: {
    status: 400,
    title: 'That could not be read',
    detail: 'What you sent has a field twice. Send each of them once.',
  },
  cross_origin: {
    status: 403,
    title: 'This came from another site',
    detail:
      'To keep you safe, forms are only taken from our own pages. Please open the page here and try again.',
  },
  expired_form: {
    status: 403,
    title: 'Please try again',
    detail: 'This page had been open for too long. Nothing is wrong: please send it once more.',
  },
  no_cookie: {
    status: 403,
    title: 'Your browser sent no cookie',
    detail:
      'Our forms need a cookie, and your browser sent none with this one. It may block ours: please allow cookies for this site, then send the form once more.',
  },
  registration_closed: {
    status: 403,
    title: 'Registration is closed',
    detail: 'New accounts are made by the people who run this service. Please ask them for one.',
  },
  invitation_needed: {
    status: 403,
    title: 'Registration is by invitation',
    detail: 'Open the link in the mail that invited you, or ask the people who run this service for one.',
  },
  invitation_over: {
    status: 410,
    title: 'This invitation is over',
    detail: 'It was used already, withdrawn, or is older than seven days. Please ask for a new one.',
  },
  staff_only: {
    status: 403,
    title: 'For staff only',
    detail: 'You are signed in, but these pages are for the people who run this service.',
  },
  superusers_only: {
    status: 403,
    title: 'For superusers only',
    detail: 'You may look at this, but only superusers may change it. Nothing was changed.',
  },
  too_many_tries: {
    status: 429,
    title: 'Too many tries',
    detail: 'To keep accounts safe, only so many tries are possible in a row.',
  },
  unavailable: {
    status: 503,
    title: 'Back in a moment',
    detail: 'Something we need does not answer just now. Nothing is lost: please try again in a few seconds.',
    headers: { 'retry-after': '5' },
  },
  failed: {
    status: 500,
    title: 'Something went wrong',
    detail: 'That is our fault. It has been noted; please try again, or come back later.',
  },
} satisfies Record<RefusalReason | string, Refusal>

export type RefusalName = keyof typeof REFUSALS

/** The words for a refusal, for a page of its own or beside a form. */
export const refusal = (name: RefusalName): Refusal => REFUSALS[name]

/** Answers with the refusal: a problem for programs (RFC 9457), a page for people. */
export const refuse = (c: Context, name: RefusalName, headers: Record<string, string> = {}) =>
  answer(c, refusal(name), headers)

/** Answers that too much was tried, with the time after which to try again. */
export function refuseForNow(c: Context, { retryAfter }: TooManyTries) {
  const { detail, ...rest } = refusal('too_many_tries')
  const when = `Nothing was tried now. Please wait ${inWords(retryAfter)}, then try again.`
  return answer(c, { ...rest, detail: `${detail} ${when}` }, { 'retry-after': String(retryAfter) })
}

/** A time to wait: never less than it is. */
function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  const [count, unit] =
    seconds <= 90
      ? [seconds, 'second']
      : minutes <= 90
        ? [minutes, 'minute']
        : [Math.ceil(minutes / 60), 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

function answer(c: Context, refusal: Refusal, extraHeaders: Record<string, string>) {
  const { status, title, detail, headers = {} } = refusal
  const sent = { 'cache-control': 'private, no-store', ...headers, ...extraHeaders }
  if (wantsJson(c)) return problemResponse({ status, title, detail }, sent)
  for (const [header, value] of Object.entries(sent)) c.header(header, value)
  return page(
    c,
    status,
    <Layout title={title}>
      <div class="card">
        <h1>{title}</h1>
        <p>{detail}</p>
        <p>
          <a href="/account">Go to your account</a>
        </p>
        <AskForHelp c={c} />
      </div>
    </Layout>,
  )
}

/** Answers JSON that was understood but can't be accepted, with a sentence per field. */
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
