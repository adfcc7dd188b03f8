import { inspect } from '../ask-service.ts'
import { type Check, findingsOf, type Target } from '../finding.ts'
import { probe } from '../http-probe.ts'

const { ok, warn, fail } = findingsOf('clock')

/** The tolerated difference between clocks, in seconds: apps tolerate 30, and a few are harmless. */
const [NOTICED, TOLERATED] = [5, 30] as const

/**
 * Compares the clocks of the auth service and the apps with ours: by the service's own report, and by the `Date` of
 * responses, which may be a proxy's.
 */
export const checkClock: Check = async (target) => {
  const { config, apps, now } = target
  const urls = [`${config.authUrl}/healthz`, ...apps.map(({ href }) => href)]
  const findings = await Promise.all(
    urls.map(async (url) => {
      const reported = url.startsWith(`${config.authUrl}/`) ? await reportedTime(target) : null
      const date = reported ?? (await dateOf(url))
      if (date === null) return []
      if (Number.isNaN(date)) {
        return [
          warn(
            `${new URL(url).origin} sends no Date header, so its clock can't be checked.`,
            'Check its clock yourself: timedatectl status',
          ),
        ]
      }
      const off = Math.round((date - now()) / 1000)
      const what = `The clock of ${new URL(url).origin} is ${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead of'} ours.`
      const remedy = 'Synchronise the clocks of both machines with NTP, for example: timedatectl set-ntp true'
      if (Math.abs(off) > TOLERATED) return [fail(what, remedy)]
      return Math.abs(off) > NOTICED
        ? [warn(what, remedy)]
        : [
            ok(
              `${reported === null ? 'The Date header of' : 'The clock of the auth service at'} ${new URL(url).origin} is right.`,
            ),
          ]
    }),
  )
  return findings.flat()
}

/** The running service's clock, in ms; `null` if it does not report it. */
async function reportedTime(target: Target): Promise<number | null> {
  const seen = await inspect(target, target.config.authUrl)
  return seen.ok ? seen.value.inspection.time : null
}

/** In ms; `null` without a response, which other checks report, and `NaN` without a date. */
async function dateOf(url: string): Promise<number | null> {
  const answer = await probe(url)
  return answer.ok ? Date.parse(answer.value.headers.date ?? '') : null
}
