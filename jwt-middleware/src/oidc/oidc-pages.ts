import { problemResponse } from '../contract/problem.ts'
import { isNavigation, PRIVATE, RETRY_AFTER } from '../http/answer.ts'
import type { AuthRequest } from '../http/request.ts'

/** The pages of a sign-in that does not come to an end, and the one that leads to the provider's sign-out. */
export type OidcPageName =
  | 'expired'
  | 'no_cookie'
  | 'denied'
  | 'misconfigured'
  | 'unavailable'
  | 'too_large'
  | 'signing_out'

interface Words {
  readonly title: string
  readonly text: string
  /** The words of the link. */
  readonly link: string
}

const STATUS: Readonly<Record<OidcPageName, number>> = {
  expired: 400,
  no_cookie: 400,
  denied: 403,
  misconfigured: 500,
  unavailable: 503,
  too_large: 500,
  signing_out: 200,
}

const ENGLISH: Readonly<Record<OidcPageName, Words>> = {
  expired: {
    title: 'This sign-in has expired',
    text: 'You started it more than an hour ago, or not in this app.',
    link: 'Sign in again',
  },
  no_cookie: {
    title: 'You could not be signed in',
    text: 'Your browser did not send back the cookie of this site. Allow cookies for this site, and try again.',
    link: 'Try again',
  },
  denied: {
    title: 'You were not signed in',
    text: 'You did not allow this app to see your account, or you don’t have access to it.',
    link: 'Try again',
  },
  misconfigured: {
    title: 'You could not be signed in',
    text: 'This app is not set up correctly. Please tell its administrator: the log of the app has the reason.',
    link: 'Try again',
  },
  unavailable: {
    title: 'Temporarily unavailable',
    text: 'You can’t be signed in or out at the moment. Please try again in a few seconds.',
    link: 'Try again',
  },
  too_large: {
    title: 'You could not be signed in',
    text: 'You are in more groups than fit into a cookie. Please tell the administrator of this app.',
    link: 'Try again',
  },
  signing_out: {
    title: 'Signed out of this app',
    text: 'One more question: do you want to sign out everywhere?',
    link: 'Continue',
  },
}

const GERMAN: Readonly<Record<OidcPageName, Words>> = {
  expired: {
    title: 'Diese Anmeldung ist abgelaufen',
    text: 'Sie haben sie vor mehr als einer Stunde oder nicht in dieser App begonnen.',
    link: 'Neu anmelden',
  },
  no_cookie: {
    title: 'Die Anmeldung hat nicht geklappt',
    text: 'Ihr Browser hat das Cookie dieser Website nicht zurückgeschickt. Bitte erlauben Sie Cookies für diese Website, und versuchen Sie es noch einmal.',
    link: 'Noch einmal versuchen',
  },
  denied: {
    title: 'Sie wurden nicht angemeldet',
    text: 'Sie haben dieser App nicht erlaubt, Ihr Konto zu sehen, oder Sie haben keinen Zugang zu ihr.',
    link: 'Noch einmal versuchen',
  },
  misconfigured: {
    title: 'Die Anmeldung hat nicht geklappt',
    text: 'Diese App ist nicht richtig eingerichtet. Bitte sagen Sie ihrer Administration Bescheid: Der Grund steht im Protokoll der App.',
    link: 'Noch einmal versuchen',
  },
  unavailable: {
    title: 'Vorübergehend nicht verfügbar',
    text: 'An- und Abmelden ist gerade nicht möglich. Bitte versuchen Sie es in ein paar Sekunden noch einmal.',
    link: 'Noch einmal versuchen',
  },
  too_large: {
    title: 'Die Anmeldung hat nicht geklappt',
    text: 'Sie sind in mehr Gruppen, als in ein Cookie passen. Bitte sagen Sie der Administration dieser App Bescheid.',
    link: 'Noch einmal versuchen',
  },
  signing_out: {
    title: 'Bei dieser App abgemeldet',
    text: 'Eine Frage noch: Möchten Sie sich überall abmelden?',
    link: 'Weiter',
  },
}

/** Whether the browser prefers German to English: browsers list the preferred language first. */
const isGerman = ({ header }: AuthRequest): boolean =>
  /^(?:de|en)\b/i
    .exec(
      (header('accept-language') ?? '')
        .split(',')
        .map((one) => one.trim())
        .find((one) => /^(?:de|en)\b/i.test(one)) ?? '',
    )?.[0]
    .toLowerCase() === 'de'

/**
 * One of the pages, in English or German; a problem for what is no page. `href` is where its link leads. With `isOnward`
 * the browser follows it by itself: a redirect after a form would run into the app's policy `form-action 'self'`.
 */
export function oidcPage(
  request: AuthRequest,
  name: OidcPageName,
  href: string,
  {
    setCookies = [],
    isOnward = false,
  }: { readonly setCookies?: readonly string[]; readonly isOnward?: boolean } = {},
): Response {
  const german = isGerman(request)
  const { title, text, link } = (german ? GERMAN : ENGLISH)[name]
  const status = STATUS[name]
  const headers = new Headers({ ...PRIVATE, 'referrer-policy': 'no-referrer' })
  if (status === 503) headers.set('retry-after', RETRY_AFTER)
  for (const cookie of setCookies) headers.append('set-cookie', cookie)
  if (!isNavigation(request)) {
    const problem = problemResponse({ status, title, detail: text, code: name })
    headers.set('content-type', problem.headers.get('content-type') as string)
    return new Response(problem.body, { status, headers })
  }
  headers.set('content-type', 'text/html; charset=utf-8')
  const to = href.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return new Response(
    `<!doctype html><html lang="${german ? 'de' : 'en'}"><head><meta charset="utf-8"><title>${title}</title>` +
      '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">' +
      (isOnward ? `<meta http-equiv="refresh" content="0; url=${to}">` : '') +
      `</head><body><main><h1>${title}</h1><p>${text}</p><p><a href="${to}">${link}</a></p></main></body></html>`,
    { status, headers },
  )
}
