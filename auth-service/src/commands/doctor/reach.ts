import { ask } from './ask.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

/** Whether the auth service answers at its public address, and where apps reach it from inside. */
export const checkReach: Check = async ({ config, internalUrl }) => {
  const outside = await healthOf(
    config.authUrl,
    findingsOf('outside'),
    'Start the auth service, and look whether the proxy in front leads from AUTH_URL to its HOST and PORT.',
  )
  if (internalUrl === null) return outside
  const inside = await healthOf(
    internalUrl,
    findingsOf('inside'),
    'Set AUTH_INTERNAL_URL to where apps reach the auth service: its HOST and PORT, as seen from them.',
  )
  return [...outside, ...inside]
}

type Words = ReturnType<typeof findingsOf>

async function healthOf(origin: string, { ok, fail }: Words, remedy: string): Promise<Finding[]> {
  const answer = await ask(`${origin}/healthz`)
  if (!answer.ok) return [fail(`The auth service is not at ${origin}: ${answer.reason}.`, remedy)]
  const { status, text } = answer.value
  if (status === 200 && text.includes('"status":"ok"')) return [ok(`The auth service answers at ${origin}.`)]
  return status === 503
    ? [fail(`The auth service at ${origin} answers 503: its database does not.`, 'Look into its log.')]
    : [fail(`Something else answers at ${origin}: /healthz is ${status}.`, remedy)]
}
