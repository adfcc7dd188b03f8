import { type Check, findingsOf } from '../finding.ts'
import { isSilent, probe, remedyFor } from '../http-probe.ts'

const { ok, fail } = findingsOf('feed')

/** Time-out for the first event, in ms. */
const PATIENCE = 5_000

/** The service sends the first event at once; if it arrives elsewhere but not here, a proxy buffers it. */
const heldBack = (origin: string) =>
  fail(
    `The revocation feed at ${origin} is delayed on the way: no event within ${PATIENCE / 1000} s.`,
    'Disable buffering and compression for /revocations at the proxy, for example proxy_buffering off in nginx.',
  )

/** Whether the revocation stream arrives without delay at every URL that apps may use. */
export const checkFeed: Check = async ({ config, internalUrl }) => {
  const origins = [...new Set([internalUrl ?? config.authUrl, config.authUrl])]
  const findings = await Promise.all(
    origins.map(async (origin) => {
      const headers = { accept: 'text/event-stream' }
      const answer = await probe(`${origin}/revocations`, {
        headers,
        until: 'event: ready',
        timeout: PATIENCE,
      })
      if (!answer.ok && isSilent(answer.reason)) return heldBack(origin)
      if (!answer.ok) {
        return fail(
          `Can't reach the revocation feed at ${origin}: ${answer.reason.reason}.`,
          remedyFor(answer.reason, 'Let the proxy pass GET /revocations through without its own sign-in.'),
        )
      }
      const { status, headers: received, text } = answer.value
      if (status !== 200 || !received['content-type']?.startsWith('text/event-stream')) {
        return fail(
          `${origin}/revocations is not an event stream: it answers ${status} with ${received['content-type']}.`,
          'Let the proxy pass GET /revocations through to the auth service, with its Accept header.',
        )
      }
      return text.includes('event: ready')
        ? ok(`The revocation feed at ${origin} delivers its first event at once.`)
        : heldBack(origin)
    }),
  )
  return findings
}
