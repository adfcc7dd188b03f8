import { type RejectionNote, readRejectionNote } from '@latchkey/jwt-middleware/contract'
import { configuredCookieNames } from '../../../platform/config/config.ts'
import { type AppFramework, FORWARD_AUTH, NOWHERE } from '../app-framework.ts'
import { NAVIGATION } from '../browser-headers.ts'
import type { Jar } from '../cookie-jar.ts'
import { type Finding, findingsOf, isWell, type Target } from '../finding.ts'
import { probe, type Reply } from '../http-probe.ts'
import { targetOf } from './app-before-sign-in.ts'
import { signIn, signOut } from './test-sign-in.ts'
import type { TestUser } from './test-user.ts'

/** A clock difference in seconds that makes no app reject a fresh token. */
const NOTEWORTHY = 10

/** A page, and what visits it. */
interface Visit {
  readonly target: Target
  readonly page: URL
  /** Whether anonymous visitors see the page. */
  readonly isOpen: boolean
  readonly jar: Jar
  /** What the app is made with; `null` if that is unknown. */
  readonly framework: AppFramework | null
  readonly user: TestUser
}

/** Visits the app signed in: it must recognise the user, and renew after the access token is gone. */
export async function visitSignedIn(visited: Visit): Promise<readonly Finding[]> {
  const { target, page, isOpen, jar, framework } = visited
  const { ok, fail } = findingsOf(page.origin)
  const named =
    framework === null
      ? []
      : [
          ok(
            framework === FORWARD_AUTH
              ? 'It is a site behind forward auth.'
              : `The app is on ${framework.name}.`,
          ),
        ]
  const { access, refresh } = configuredCookieNames(target.config)
  const missing = [access, refresh]
    .filter((name) => name === access || target.config.refreshCookie === 'family')
    .filter((name) => !jar.sentTo(page).some(({ key }) => key === name))
  if (missing.length > 0) {
    return [
      fail(
        `Browsers don't send ${missing.join(' and ')} to ${page.origin}: ${whyUnsent(target, page, jar)}.`,
        page.protocol === 'http:' && target.config.https
          ? 'Serve the app over https.'
          : 'Set COOKIE_DOMAIN of the auth service to a domain that also covers the app.',
      ),
    ]
  }
  if (!isOpen) {
    const refused = await visit(visited)
    if (refused) return [refused]
  }
  if (target.config.refreshCookie !== 'family') {
    if (!isOpen) return [...named, ok('The app recognises the signed-in user.')]
    const { warn } = findingsOf(page.origin)
    return [
      ...named,
      warn(
        "This page is public, so it can't show whether the app recognises the signed-in user.",
        'Pass the address of a page that requires sign-in.',
      ),
    ]
  }
  const refused = await renew(visited)
  if (refused) return [refused]
  const further = [await fetchAhead(visited), await loseCookies(visited)]
  return [
    ...named,
    ok('The app recognises the signed-in user and renews the session itself.'),
    ...further.filter((finding) => finding !== null),
  ]
}

/**
 * Whether the cookies of a renewal get lost on a page that the app does not have; `null` if they leave, or if the app
 * renews nothing there. In a session of its own: the tokens of one that was just renewed stay the same for a while.
 */
async function loseCookies({ target, page, framework, user }: Visit): Promise<Finding | null> {
  const { access, refresh } = configuredCookieNames(target.config)
  // Loaded here, since nothing else needs tough-cookie.
  const { createJar } = await import('../cookie-jar.ts')
  const jar = createJar()
  if (!isWell(await signIn(target, user, page, jar))) return null
  const before = await user.refreshTokens()
  const answer = await probe(new URL(NOWHERE, page), {
    headers: { ...NAVIGATION, cookie: jar.header(page, [refresh]) },
  })
  const isRenewed = (await user.refreshTokens()) !== before
  const lines = (answer.ok && answer.value.headers['set-cookie']) || []
  jar.keep(page, lines)
  await signOut(target, jar)
  if (!answer.ok || !isRenewed || lines.some((line) => line.startsWith(`${access}=`))) return null
  return findingsOf(page.origin).fail(
    `The app renews the session for an unknown address, and its answer (${answer.value.status}) loses the cookies: half a minute later the old ones count as reused, and the session ends.`,
    framework?.remedy ??
      'Let the middleware finish every response, also pages of errors: see docs/frameworks/your-own.md.',
  )
}

/** On Next, a link that is only fetched ahead must not renew; `null` if it does not, and for other apps. */
async function fetchAhead({ target, page, jar, framework }: Visit): Promise<Finding | null> {
  if (framework?.name !== 'Next.js') return null
  const { access, refresh } = configuredCookieNames(target.config)
  const headers = { rsc: '1', 'next-router-prefetch': '1', cookie: jar.header(page, [refresh]) }
  const answer = await probe(page, { headers })
  if (!answer.ok) return null
  const lines = answer.value.headers['set-cookie'] ?? []
  jar.keep(page, lines)
  if (!lines.some((line) => line.startsWith(`${access}=`))) return null
  return findingsOf(page.origin).warn(
    'Links that Next fetches ahead renew the session, and their answers are often thrown away: users may be signed out.',
    "Add to the matcher in proxy.ts: missing: [{ type: 'header', key: 'next-router-prefetch' }].",
  )
}

async function visit({ target, page, jar }: Visit): Promise<Finding | null> {
  const { fail } = findingsOf(page.origin)
  const cookie = jar.header(page)
  const answer = await probe(page, { headers: { ...NAVIGATION, cookie } })
  if (!answer.ok) return fail(`Can't reach ${page}: ${answer.reason.reason}.`, 'Check the log of the app.')
  jar.keep(page, answer.value.headers['set-cookie'] ?? [])
  return judge(target, page, answer.value, cookie)
}

/** Without the access cookie, as after it has expired. */
async function renew({ target, page, isOpen, jar, framework }: Visit): Promise<Finding | null> {
  const { fail } = findingsOf(page.origin)
  const { access, refresh } = configuredCookieNames(target.config)
  const cookie = jar.header(page, [refresh])
  const answer = await probe(page, { headers: { ...NAVIGATION, cookie } })
  if (!answer.ok) return fail(`Can't reach ${page}: ${answer.reason.reason}.`, 'Check the log of the app.')
  const lines = answer.value.headers['set-cookie'] ?? []
  jar.keep(page, lines)
  if (lines.some((line) => line.startsWith(`${access}=`)) && answer.value.status < 300) return null
  const judged = judge(target, page, answer.value, cookie)
  if (judged && answer.value.status === 503) return judged
  return fail(
    isOpen
      ? 'The app does not recognise the signed-in user: it does not renew a session that comes without an access token.'
      : 'The app recognises the signed-in user but does not renew the session after the access token expires.',
    `${framework === null ? '' : `${framework.remedy} Then check these settings: `}Set COOKIE_PREFIX and REFRESH_COOKIE of the app to the same values as at the auth service, and AUTH_INTERNAL_URL to an address at which the app reaches the auth service.`,
  )
}

/** The finding about a response to a signed-in user; `null` if it is fine. */
function judge({ config, now }: Target, page: URL, reply: Reply, cookie: string): Finding | null {
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
      `The app redirects signed-in users to ${target.origin}, so the doctor can't check whether it recognises them.`,
      'Pass the address of a page that all signed-in users can see.',
    )
  }
  if (status < 400) return null
  if (status === 503) {
    return fail(
      "The app answers 503 to a signed-in user: it can't fetch the public keys from the auth service.",
      'Set AUTH_INTERNAL_URL of the app to an address at which it reaches the auth service, ' +
        'and check whether a firewall blocks it.',
    )
  }
  if (status === 403) {
    return warn(
      'The app recognises the temporary user and answers 403.',
      'This is right if only some users may see this page. Pass the address of a page that all signed-in users can see.',
    )
  }
  return fail(`The app answers ${status} to a signed-in user.`, 'Check the log of the app.')

  function unseen(): Finding {
    return fail(
      'The app sends a signed-in user back to the login page: it finds no sign-in in the cookies that it receives.',
      `Set COOKIE_PREFIX of the app to ${prefixOf()}, the same as at the auth service, and let the proxy in front of the app ` +
        'pass the Cookie header on.',
    )
  }

  function prefixOf(): string {
    return configuredCookieNames(config).access.replace(/\.access$/, '')
  }

  function refusedBy({ reason, now: theirs }: RejectionNote): Finding {
    const what = (why: string) => `The app rejects a valid sign-in (${reason}): ${why}.`
    const off = Math.round(theirs - now() / 1000)
    if (Math.abs(off) >= NOTEWORTHY && ['expired', 'not_yet_valid'].includes(reason)) {
      const side = off < 0 ? 'behind' : 'ahead of'
      return fail(
        what(`its clock is ${Math.abs(off)} s ${side} ours`),
        'Synchronise the clocks of both machines with NTP, for example: timedatectl set-ntp true',
      )
    }
    if (reason === 'wrong_issuer') {
      return fail(
        what('it expects another issuer'),
        `Set LOGIN_URL=${config.authUrl}/login in the app, and remove its option "issuer".`,
      )
    }
    if (reason === 'wrong_audience') {
      return fail(
        what(`the host of its OWN_URL is not under ${config.cookieDomain}`),
        `Set OWN_URL=${page.origin} in the settings of the app.`,
      )
    }
    if (['unknown_key', 'bad_signature', 'wrong_algorithm'].includes(reason)) {
      return fail(
        what('it has the keys of another auth service'),
        'Set AUTH_INTERNAL_URL of the app to this auth service.',
      )
    }
    return fail(what('see its log'), 'Run the app with NODE_DEBUG=latchkey, and check its log.')
  }
}

function whyUnsent({ config }: Target, page: URL, jar: Jar): string {
  const { access } = configuredCookieNames(config)
  const cookie = jar.sentTo(new URL(config.authUrl)).find(({ key }) => key === access)
  if (!cookie) return 'the auth service deleted it again'
  return cookie.secure && page.protocol !== 'https:'
    ? 'it is Secure, but the app is http'
    : `it is for ${cookie.domain}`
}
