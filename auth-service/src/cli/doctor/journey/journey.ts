import { setTimeout as pause } from 'node:timers/promises'
import { type AppFramework, FORWARD_AUTH, recognise } from '../app-framework.ts'
import { NAVIGATION } from '../browser-headers.ts'
import { type Check, type Finding, findingsOf, isWell, type Target } from '../finding.ts'
import { probe, type Reply } from '../http-probe.ts'
import { examineSite } from '../site-examination.ts'
import { visitSignedIn } from './app-after-sign-in.ts'
import { targetOf, visitAnonymously } from './app-before-sign-in.ts'
import { checkOidcApp } from './oidc-app-journey.ts'
import { signIn, signOut } from './test-sign-in.ts'
import { type TestUser, withTestUser } from './test-user.ts'

/** How long an app may accept an ended session, in ms, and the polling interval. */
const PATIENCE = 5_000
const PACE = 250

/** Tests sign-in, renewal and sign-out on the running family with a temporary user. */
export const checkJourney: Check = (target) =>
  withTestUser(target, async (user) => {
    const findings: Finding[] = []
    for (const app of target.apps) findings.push(...(await checkApp(target, app, user)))
    return findings
  })

/** Tests one app, up to the first failure. */
async function checkApp(target: Target, app: URL, user: TestUser): Promise<readonly Finding[]> {
  const { findings, goesOn, page, isOpen, authorization } = await visitAnonymously(target, app)
  if (!goesOn) return findings
  if (authorization) return checkOidcApp(target, page, authorization, user)
  // Loaded here, since nothing else needs tough-cookie.
  const { createJar } = await import('../cookie-jar.ts')
  const jar = createJar()
  const entered = await signIn(target, user, page, jar)
  if (!isWell(entered)) return [...findings, ...entered]
  const framework = await frameworkOf(target, page, jar.header(page))
  const known = await visitSignedIn({ target, page, isOpen, jar, framework, user })
  const cookie = jar.header(page)
  const left = await signOut(target, jar)
  const results = [...findings, ...entered, ...known, ...left]
  if (!isWell(results) || isOpen) return results
  return [...results, await isForgotten(target, page, cookie)]
}

/** What the app is made with; a site behind the proxy has the middleware of this service, whatever it is. */
async function frameworkOf(target: Target, page: URL, cookie: string): Promise<AppFramework | null> {
  const isAsked =
    target.config.forwardAuthProxy !== undefined && (await examineSite(target, page, false)).length > 0
  return isAsked ? FORWARD_AUTH : recognise(page, cookie)
}

/** Whether the app rejects the cookies of an ended session. */
async function isForgotten(target: Target, page: URL, cookie: string): Promise<Finding> {
  const { ok, fail } = findingsOf(page.origin)
  for (const start = performance.now(); performance.now() - start < PATIENCE; await pause(PACE)) {
    const answer = await probe(page, { headers: { ...NAVIGATION, cookie } })
    if (answer.ok && isRefusal(target, page, answer.value)) {
      return ok(
        `After sign-out, the app rejected the cookies within ${((performance.now() - start) / 1000).toFixed(1)} s.`,
      )
    }
  }
  return fail(
    `The app still accepts the cookies ${PATIENCE / 1000} s after sign-out: it does not receive the revocation feed.`,
    'Check its log and AUTH_INTERNAL_URL, and let it reach /revocations of the auth service without buffering.',
  )
}

/** By a redirect to the login page, or 401: a broken app rejects everyone, which proves nothing. */
function isRefusal({ config }: Target, page: URL, reply: Reply): boolean {
  const target = targetOf(reply, page)
  return reply.status === 401 || (target?.origin === config.authUrl && target.pathname === '/login')
}
