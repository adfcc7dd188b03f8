import { lookup } from 'node:dns/promises'
import { rootCertificates } from 'node:tls'
import { isLocalName } from '../../../platform/config/mail-config.ts'
import { type Check, type Finding, findingsOf, type Patient } from '../finding.ts'
import { ask, remedyFor } from '../http-probe.ts'
import { publishedKeyIds } from '../published-key-ids.ts'

const outside = findingsOf('outside')
const inside = findingsOf('inside')

/** Whether the auth service answers at its public URL and its internal one, and both are the same service. */
export const checkReach: Check = async (patient) => {
  const { config, internalUrl } = patient
  const external = await healthOf(
    config.authUrl,
    outside,
    'Start the auth service, and look whether the proxy in front leads from AUTH_URL to its HOST and PORT.',
  )
  if (internalUrl === null) return [...external, ...(await checkNames(patient))]
  const internal = await healthOf(
    internalUrl,
    inside,
    'Set AUTH_INTERNAL_URL to where apps reach the auth service: its HOST and PORT, as seen from them.',
  )
  return [...external, ...internal, ...(await compareKeys(patient)), ...(await checkNames(patient))]
}

type Words = ReturnType<typeof findingsOf>

async function healthOf(origin: string, words: Words, remedy: string): Promise<Finding[]> {
  const { ok, fail } = words
  const answer = await ask(`${origin}/healthz`)
  if (!answer.ok) {
    const { reason } = answer.reason
    return [fail(`The auth service is not at ${origin}: ${reason}.`, remedyFor(answer.reason, remedy))]
  }
  const { status, text } = answer.value
  if (status === 503 && text.includes('database')) {
    return [fail(`The auth service at ${origin} answers 503: its database does not.`, 'Look into its log.')]
  }
  // Many programs report the status ok; only the auth service also publishes keys.
  if (status !== 200 || !text.includes('"status":"ok"') || (await publishedKeyIds(origin)) === null) {
    return [fail(`Something else answers at ${origin}: /healthz is ${status}, without keys of ours.`, remedy)]
  }
  return [ok(`The auth service answers at ${origin}.`), ...(await checkAuthority(origin, words))]
}

/** Node trusts a private authority if NODE_EXTRA_CA_CERTS names it: here, but perhaps not where the apps run. */
async function checkAuthority(origin: string, { warn }: Words): Promise<Finding[]> {
  if (!origin.startsWith('https:')) return []
  const answer = await ask(`${origin}/healthz`, { authorities: rootCertificates })
  if (answer.ok || !answer.reason.reason.includes('certificate')) return []
  return [
    warn(
      `The certificate of ${origin} is signed by a private authority, which is trusted here.`,
      'Set NODE_EXTRA_CA_CERTS for each app as well, to the file with the certificate of the authority.',
    ),
  ]
}

/** Another Latchkey differs only in its keys. */
async function compareKeys({ config, internalUrl }: Patient): Promise<Finding[]> {
  if (internalUrl === null) return []
  const [ours, theirs] = await Promise.all([config.authUrl, internalUrl].map(publishedKeyIds))
  if (!ours || !theirs) return []
  return ours.some((kid) => theirs.includes(kid))
    ? [inside.ok(`It is the same one: it publishes the same keys as ${config.authUrl}.`)]
    : [
        inside.fail(
          `Another auth service answers at ${internalUrl}: it publishes other keys than ${config.authUrl}.`,
          'Set AUTH_INTERNAL_URL to the service that is at AUTH_URL, and its DATABASE_URL to the same database.',
        ),
      ]
}

/** Browsers resolve *.localhost themselves, and so does the doctor; apps in Node ask DNS. */
async function checkNames({ config, isInternalUrlGiven, apps }: Patient): Promise<Finding[]> {
  const { hostname } = new URL(config.authUrl)
  if (isInternalUrlGiven || !isLocalName(hostname) || apps.length === 0) return []
  const isKnown = await lookup(hostname).then(
    () => true,
    () => false,
  )
  return isKnown
    ? []
    : [
        inside.warn(
          `DNS knows no address for ${hostname}, so that apps in Node don't find the auth service by its AUTH_URL.`,
          `Set AUTH_INTERNAL_URL in each app, e.g. to http://127.0.0.1:${config.port}, and give it to the doctor, too.`,
        ),
      ]
}
