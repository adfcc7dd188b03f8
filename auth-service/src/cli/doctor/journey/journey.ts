import { setTimeout as pause } from 'node:timers/promises'
import { type Check, type Finding, findingsOf, isWell, type Patient } from '../finding.ts'
import { ask, type Reply } from '../http-probe.ts'
import { walkBack } from './app-after-sign-in.ts'
import { NAVIGATION, targetOf, walkIn } from './app-before-sign-in.ts'
import { signIn, signOut } from './test-sign-in.ts'
import { type TemporaryPerson, withTemporaryPerson } from './test-user.ts'

/** How long an app may accept an ended session, in ms, and the polling interval. */
const PATIENCE = 5_000
const PACE = 250

/** Tests sign-in, renewal and sign-out on the running family with a temporary user. */
export const walk: Check = (patient) =>
  withTemporaryPerson(patient, async (person) => {
    const findings: Finding[] = []
    for (const app of patient.apps) findings.push(...(await walkThrough(patient, app, person)))
    return findings
  })

/** Tests one app, up to the first failure. */
async function walkThrough(patient: Patient, app: URL, person: TemporaryPerson): Promise<readonly Finding[]> {
  const { findings, goesOn, page, isOpen } = await walkIn(patient, app)
  if (!goesOn) return findings
  // Only the journey needs it, and most commands are none.
  const { createJar } = await import('../cookie-jar.ts')
  const jar = createJar()
  const entered = await signIn(patient, person, page, jar)
  if (!isWell(entered)) return [...findings, ...entered]
  const known = await walkBack(patient, page, isOpen, jar)
  const cookie = jar.header(page)
  const left = await signOut(patient, jar)
  const walked = [...findings, ...entered, ...known, ...left]
  if (!isWell(walked) || isOpen) return walked
  return [...walked, await isForgotten(patient, page, cookie)]
}

/** Whether the app rejects the cookies of an ended session. */
async function isForgotten(patient: Patient, page: URL, cookie: string): Promise<Finding> {
  const { ok, fail } = findingsOf(page.origin)
  for (const start = performance.now(); performance.now() - start < PATIENCE; await pause(PACE)) {
    const answer = await ask(page, { headers: { ...NAVIGATION, cookie } })
    if (answer.ok && isRefusal(patient, page, answer.value)) {
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
function isRefusal({ config }: Patient, page: URL, reply: Reply): boolean {
  const target = targetOf(reply, page)
  return reply.status === 401 || (target?.origin === config.authUrl && target.pathname === '/login')
}
