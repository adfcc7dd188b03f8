import { rootCertificates } from 'node:tls'
import { devAuthUrl, readDevSettings } from '../../dev/dev-folder.ts'
import { type Check, type Finding, findingsOf, isWell, type Target } from '../finding.ts'
import { probe, remedyFor } from '../http-probe.ts'
import { publishedKeyIds } from '../published-key-ids.ts'

const outside = findingsOf('outside')
const inside = findingsOf('inside')

/** Whether the auth service answers at its public URL and its internal one, and both are the same service. */
export const checkReach: Check = async (target) => {
  const { config, internalUrl } = target
  const isDev = isOfDevFolder(config.authUrl)
  const external = await healthOf(config.authUrl, outside, isDev ? START_DEV : START)
  if (internalUrl === null || (isDev && !isWell(external))) return external
  const internal = await healthOf(internalUrl, inside, SET_INTERNAL)
  return [...external, ...internal, ...(await compareKeys(target))]
}

/** Whether this is the auth service of `latchkey dev` in this folder. */
function isOfDevFolder(authUrl: string): boolean {
  const settings = readDevSettings()
  return settings !== null && devAuthUrl(settings) === authUrl
}

const START = 'Start the auth service, and check that the proxy forwards AUTH_URL to its HOST and PORT.'
const START_DEV = 'Start the auth service in this folder: npx latchkey dev'
const SET_INTERNAL =
  'Set AUTH_INTERNAL_URL to the address at which apps reach the auth service: its HOST and PORT as seen by the apps.'

type Words = ReturnType<typeof findingsOf>

async function healthOf(origin: string, words: Words, remedy: string): Promise<Finding[]> {
  const { ok, fail } = words
  const answer = await probe(`${origin}/healthz`)
  if (!answer.ok) {
    const { reason } = answer.reason
    return [fail(`Can't reach the auth service at ${origin}: ${reason}.`, remedyFor(answer.reason, remedy))]
  }
  const { status, text } = answer.value
  if (status === 503 && text.includes('database')) {
    return [
      fail(`The auth service at ${origin} answers 503: its database does not respond.`, 'Check its log.'),
    ]
  }
  // Many programs report the status ok; only the auth service also publishes keys.
  if (status !== 200 || !text.includes('"status":"ok"') || (await publishedKeyIds(origin)) === null) {
    return [fail(`Another program answers at ${origin}: /healthz is ${status}, without our keys.`, remedy)]
  }
  return [ok(`The auth service answers at ${origin}.`), ...(await checkAuthority(origin, words))]
}

/** Node trusts a private authority if NODE_EXTRA_CA_CERTS names it: here, but perhaps not where the apps run. */
async function checkAuthority(origin: string, { warn }: Words): Promise<Finding[]> {
  if (!origin.startsWith('https:')) return []
  const answer = await probe(`${origin}/healthz`, { authorities: rootCertificates })
  if (answer.ok || !answer.reason.reason.includes('certificate')) return []
  return [
    warn(
      `The certificate of ${origin} is signed by a private authority that is trusted here.`,
      "Set NODE_EXTRA_CA_CERTS for each app as well, to the file with the authority's certificate.",
    ),
  ]
}

/** Another Latchkey differs only in its keys. */
async function compareKeys({ config, internalUrl }: Target): Promise<Finding[]> {
  if (internalUrl === null) return []
  const [ours, theirs] = await Promise.all([config.authUrl, internalUrl].map(publishedKeyIds))
  if (!ours || !theirs) return []
  return ours.some((kid) => theirs.includes(kid))
    ? [inside.ok(`It is the same service: it publishes the same keys as ${config.authUrl}.`)]
    : [
        inside.fail(
          `Another auth service answers at ${internalUrl}: its keys differ from those of ${config.authUrl}.`,
          'Set AUTH_INTERNAL_URL to the service at AUTH_URL, and its DATABASE_URL to the same database.',
        ),
      ]
}
