import { type RejectionNote, readRejectionNote } from '@latchkey/jwt-middleware/contract'
import { configuredCookieNames } from '../../../platform/config/config.ts'
import type { Jar } from '../cookie-jar.ts'
import { type Finding, findingsOf, type Patient } from '../finding.ts'
import { ask, type Reply } from '../http-probe.ts'
import { NAVIGATION, targetOf } from './app-before-sign-in.ts'

/** A clock difference in seconds that makes no app reject a fresh token. */
const NOTEWORTHY = 10

/** Visits the app signed in: it must recognise the user, and renew after the access token is gone. */
export async function walkBack(
  patient: Patient,
  page: URL,
  isOpen: boolean,
  jar: Jar,
): Promise<readonly Finding[]> {
  const { ok, fail } = findingsOf(page.origin)
  const { access, refresh } = configuredCookieNames(patient.config)
  const missing = [access, refresh]
    .filter((name) => name === access || patient.config.refreshCookie === 'family')
    .filter((name) => !jar.sentTo(page).some(({ key }) => key === name))
  if (missing.length > 0) {
    return [
      fail(
        `Browsers don't send ${missing.join(' and ')} to ${page.origin}: ${whyUnsent(patient, page, jar)}.`,
        page.protocol === 'http:' && patient.config.https
          ? 'Serve the app over https.'
          : 'Set COOKIE_DOMAIN at the auth service to a domain that the app is below, too.',
      ),
    ]
  }
  if (!isOpen) {
    const refused = await visit(patient, page, jar, jar.header(page))
    if (refused) return [refused]
  }
  if (patient.config.refreshCookie !== 'family') {
    if (!isOpen) return [ok('The app knows who is signed in.')]
    const { warn } = findingsOf(page.origin)
    return [
      warn(
        "Whether the app knows who is signed in can't be seen on a page that is open to strangers.",
        'Give the address of a page that asks to sign in.',
      ),
    ]
  }
  const refused = await renew(patient, page, isOpen, jar)
  return [refused ?? ok('The app knows who is signed in, and renews the sign-in by itself.')]
}

async function visit(patient: Patient, page: URL, jar: Jar, cookie: string): Promise<Finding | null> {
  const { fail } = findingsOf(page.origin)
  const answer = await ask(page, { headers: { ...NAVIGATION, cookie } })
  if (!answer.ok)
    return fail(`${page} is out of reach: ${answer.reason.reason}.`, 'Look into the log of the app.')
  jar.keep(page, answer.value.headers['set-cookie'] ?? [])
  return judge(patient, page, answer.value, cookie)
}

/** Without the access cookie, as after it has expired. */
async function renew(patient: Patient, page: URL, isOpen: boolean, jar: Jar): Promise<Finding | null> {
  const { fail } = findingsOf(page.origin)
  const { access, refresh } = configuredCookieNames(patient.config)
  const cookie = jar.header(page, [refresh])
  const answer = await ask(page, { headers: { ...NAVIGATION, cookie } })
  if (!answer.ok)
    return fail(`${page} is out of reach: ${answer.reason.reason}.`, 'Look into the log of the app.')
  const lines = answer.value.headers['set-cookie'] ?? []
  jar.keep(page, lines)
  if (lines.some((line) => line.startsWith(`${access}=`)) && answer.value.status < 300) return null
  const judged = judge(patient, page, answer.value, cookie)
  if (judged && answer.value.status === 503) return judged
  return fail(
    isOpen
      ? 'The app shows no sign of knowing who is signed in: it does not renew a sign-in that comes without an access token.'
      : 'The app knows who is signed in, and does not renew the sign-in once the access token has ended.',
    `Set COOKIE_PREFIX and REFRESH_COOKIE in the app as at the auth service, and AUTH_INTERNAL_URL to where the app reaches it.`,
  )
}

/** The finding about a response to a signed-in user; `null` if it is fine. */
function judge({ config, now }: Patient, page: URL, reply: Reply, cookie: string): Finding | null {
  const { warn, fail } = findingsOf(page.origin)
  const { status } = reply
  const target = targetOf(reply, page)
  if (target && target.origin === config.authUrl && target.pathname === '/login') {
    const name = `${configuredCookieNames(config).access}=`
    const tokens = cookie
      .split('; ')
      .flatMap((pair) => (pair.startsWith(name) ? pair.slice(name.length) : []))
    const note = readRejectionNote(target.searchParams.get('refused') ?? '', tokens)
    return note ? refusedBy(note) : unseen()
  }
  if (target && target.origin !== page.origin) {
    return warn(
      `The app sends a signed-in person on to ${target.origin}, so that what it knows can't be seen.`,
      'Give the address of a page that it shows to everybody who is signed in.',
    )
  }
  if (status < 400) return null
  if (status === 503) {
    return fail(
      'The app answers 503 to somebody who is signed in: it can not reach the auth service for the keys.',
      'Set AUTH_INTERNAL_URL in the settings of the app to where it reaches the auth service from where it runs, ' +
        'and look whether a firewall is in between.',
    )
  }
  if (status === 403) {
    return warn(
      'The app knows the temporary person, and does not let them in (403).',
      'That is as it should be where only some may see this page. Give the address of one that everybody may see who is signed in.',
    )
  }
  return fail(`The app answers ${status} to somebody who is signed in.`, 'Look into the log of the app.')

  function unseen(): Finding {
    return fail(
      'The app sends somebody who is signed in back to the login page: it sees no sign-in among the cookies it gets.',
      `Set COOKIE_PREFIX in the app as at the auth service, where it is ${prefixOf()}; and let the proxy in front of the app ` +
        'pass the Cookie header on.',
    )
  }

  function prefixOf(): string {
    return configuredCookieNames(config).access.replace(/\.access$/, '')
  }

  function refusedBy({ reason, now: theirs }: RejectionNote): Finding {
    const what = (why: string) => `The app refuses a good sign-in (${reason}): ${why}.`
    const off = Math.round(theirs - now() / 1000)
    if (Math.abs(off) >= NOTEWORTHY && ['expired', 'not_yet_valid'].includes(reason)) {
      const side = off < 0 ? 'behind' : 'ahead of'
      return fail(
        what(`its clock is ${Math.abs(off)} s ${side} ours`),
        'Have both machines synchronise their clocks (NTP), e.g. with: timedatectl set-ntp true',
      )
    }
    if (reason === 'wrong_issuer') {
      return fail(
        what('it expects another issuer'),
        `Set LOGIN_URL=${config.authUrl}/login in the app, and leave its option "issuer" out.`,
      )
    }
    if (reason === 'wrong_audience') {
      return fail(
        what(`the host of its OWN_URL is not below ${config.cookieDomain}`),
        `Set OWN_URL=${page.origin} in the settings of the app.`,
      )
    }
    if (['unknown_key', 'bad_signature', 'wrong_algorithm'].includes(reason)) {
      return fail(
        what('it has the keys of another auth service'),
        'Set AUTH_INTERNAL_URL in the settings of the app to where it reaches this one.',
      )
    }
    return fail(what('see its log'), 'Run the app with NODE_DEBUG=latchkey, and look into its log.')
  }
}

function whyUnsent({ config }: Patient, page: URL, jar: Jar): string {
  const { access } = configuredCookieNames(config)
  const cookie = jar.sentTo(new URL(config.authUrl)).find(({ key }) => key === access)
  if (!cookie) return 'the auth service took it away again'
  return cookie.secure && page.protocol !== 'https:'
    ? 'it is Secure, and the app is http'
    : `it is for ${cookie.domain}`
}
