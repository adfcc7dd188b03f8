import { ask } from './ask.ts'
import { type Check, findingsOf } from './finding.ts'

const { ok, warn, fail } = findingsOf('clock')

/** Seconds by which clocks may differ: apps put up with 30, and nobody notices a few. */
const [NOTICED, TOLERATED] = [5, 30] as const

/** Whether the clocks of the auth service and the apps agree with ours, by the `Date` of their answers. */
export const checkClock: Check = async ({ config, apps, now }) => {
  const urls = [`${config.authUrl}/healthz`, ...apps.map(({ href }) => href)]
  const findings = await Promise.all(
    urls.map(async (url) => {
      const answer = await ask(url)
      const date = answer.ok ? Date.parse(answer.value.headers.date ?? '') : Number.NaN
      if (Number.isNaN(date)) return []
      const off = Math.round((date - now()) / 1000)
      const what = `The clock of ${new URL(url).origin} is ${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead of'} ours.`
      const remedy = 'Have both machines synchronise their clocks (NTP), e.g. with: timedatectl set-ntp true'
      if (Math.abs(off) > TOLERATED) return [fail(what, remedy)]
      return Math.abs(off) > NOTICED
        ? [warn(what, remedy)]
        : [ok(`The clock of ${new URL(url).origin} agrees.`)]
    }),
  )
  return findings.flat()
}
