import { setTimeout as pause } from 'node:timers/promises'
import { shellWord } from '../../../platform/validation/shell-word.ts'
import { NAVIGATION } from '../browser-headers.ts'
import type { Jar } from '../cookie-jar.ts'
import { type Finding, findingsOf, isWell, type Target } from '../finding.ts'
import { probe, type Reply } from '../http-probe.ts'
import { targetOf } from './app-before-sign-in.ts'
import { signIn, signOut } from './test-sign-in.ts'
import type { TestUser } from './test-user.ts'

/** More redirects than a sign-in has. */
const HOPS = 12
/** How long an app may accept an ended session, in ms, and between two looks. */
const PATIENCE = 5_000
const PACE = 250

/** Where a browser with these cookies ends up. */
interface Landing {
  readonly url: URL
  readonly reply: Reply
}

/**
 * Tests an app that signs its users in by OpenID Connect: it must recognise the user, and hear of the sign-out. `to` is
 * where it sent an anonymous visitor.
 */
export async function checkOidcApp(
  target: Target,
  page: URL,
  to: URL,
  user: TestUser,
): Promise<readonly Finding[]> {
  const { ok, warn, fail } = findingsOf(page.origin)
  const clientId = to.searchParams.get('client_id') ?? ''
  const back = URL.parse(to.searchParams.get('redirect_uri') ?? '')
  if (back?.origin !== page.origin) {
    return [
      fail(
        `The app lets users return to ${back?.origin ?? 'no address'}, which is not its own address.`,
        `Set OWN_URL=${page.origin} in the settings of the app.`,
      ),
    ]
  }
  // Loaded here, since nothing else needs tough-cookie.
  const { createJar } = await import('../cookie-jar.ts')
  const jar = createJar()
  const entered = await signIn(target, user, new URL(target.config.authUrl), jar)
  if (!isWell(entered)) return entered
  const landing = await follow(page, jar)
  if (landing === null) {
    return [fail(`${page} redirects without end.`, 'Check the log of the app for "oidc_".')]
  }
  const { url, reply } = landing
  if (url.origin === target.config.authUrl) {
    if (reply.status < 400) {
      return [
        warn(
          `The app signs users in by OpenID Connect, and the auth service asks them first (${url.pathname}), so the doctor stops there.`,
          'If the app is your own, its users need no such question: latchkey apps set-oidc APP --first-party',
        ),
      ]
    }
    return [
      fail(
        `The auth service refuses the app with client ID ${clientId}: it answers ${reply.status}.`,
        `Check AUTH_CLIENT_ID of the app, and name its callback: latchkey apps set-oidc APP --redirect-uri ${shellWord(back.origin + back.pathname)}`,
      ),
    ]
  }
  if (reply.status >= 400) {
    return [
      fail(
        `The app answers ${reply.status} to a user who signed in by OpenID Connect.`,
        'Its log has the reason, as an event that begins with "oidc_".',
      ),
    ]
  }
  const known = ok('The app signs users in by OpenID Connect, without a form for those who are signed in.')
  const cookie = jar.header(page)
  const left = await signOut(target, jar)
  return isWell(left) ? [...entered, known, await isForgotten(page, cookie)] : [...entered, known, ...left]
}

/** Follows redirects as a browser; `null` if they do not end. */
async function follow(from: URL, jar: Jar): Promise<Landing | null> {
  let url = from
  for (let hops = 0; hops < HOPS; hops++) {
    const answer = await probe(url, { headers: { ...NAVIGATION, cookie: jar.header(url) } })
    if (!answer.ok) return null
    jar.keep(url, answer.value.headers['set-cookie'] ?? [])
    const next = targetOf(answer.value, url)
    if (next === null) return { url, reply: answer.value }
    url = next
  }
  return null
}

/** Whether the app hears that the session has ended. */
async function isForgotten(page: URL, cookie: string): Promise<Finding> {
  const { ok, fail } = findingsOf(page.origin)
  for (const start = performance.now(); performance.now() - start < PATIENCE; await pause(PACE)) {
    const answer = await probe(page, { headers: { ...NAVIGATION, cookie } })
    if (answer.ok && (answer.value.status === 401 || targetOf(answer.value, page) !== null)) {
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      return ok(`After sign-out, the app rejected the session within ${seconds} s.`)
    }
  }
  return fail(
    `The app still accepts the session ${PATIENCE / 1000} s after sign-out: it was not told.`,
    `Name its address for sign-outs: latchkey apps set-oidc APP --back-channel-logout-uri ${shellWord(`${page.origin}/auth/back-channel-logout`)}. ` +
      'The log of the auth service says "oidc_logout_put_off" if it can’t reach that.',
  )
}
