import { failure, readOrigin, success } from '@latchkey/jwt-middleware/contract'
import type { Config, Environment } from '../../platform/config/config.ts'
import { amount, asJson, type BareCommand, JSON_OPTION, type Outcome } from '../command.ts'
import { checkAppDatabase, problemWithAppDatabase } from '../doctor/checks/app-database-check.ts'
import { checkClock } from '../doctor/checks/clock-check.ts'
import { checkSettings } from '../doctor/checks/config-check.ts'
import { checkCookies } from '../doctor/checks/cookies-check.ts'
import { checkCredentials } from '../doctor/checks/credentials-check.ts'
import { checkDatabase } from '../doctor/checks/database-check.ts'
import { checkFeed } from '../doctor/checks/feed-check.ts'
import { checkFeedPlaces } from '../doctor/checks/feed-places-check.ts'
import { checkForwardAuth } from '../doctor/checks/forward-auth-check.ts'
import { checkKeys } from '../doctor/checks/keys-check.ts'
import { checkMail } from '../doctor/checks/mail-check.ts'
import { checkNode } from '../doctor/checks/node-check.ts'
import { checkProxy } from '../doctor/checks/proxy-check.ts'
import { checkReach } from '../doctor/checks/reachability-check.ts'
import { checkRunning } from '../doctor/checks/running-service-check.ts'
import { checkSaml } from '../doctor/checks/saml-check.ts'
import { type Check, type Finding, isWell, type Target } from '../doctor/finding.ts'
import { signsInByOidc } from '../doctor/journey/app-before-sign-in.ts'
import { checkJourney } from '../doctor/journey/journey.ts'
import type { Terminal } from '../terminal.ts'

/** The maximum number of apps in a command line. */
const MANY = 1000

export const doctor: BareCommand = {
  usage: '[URL…] [--app-database URL] [--json]',
  summary:
    'checks settings, database, keys, mail, proxies, sites behind forward auth, SAML and clocks; with the addresses of app pages that require sign-in, it also signs in and ' +
    'out there as a temporary user. AUTH_INTERNAL_URL is the address at which apps reach the auth service from inside; AUTH_CLIENT_ID and AUTH_CLIENT_SECRET of an app are checked, too. --app-database names the database of an app, whose foreign keys to local users are checked',
  operands: [0, MANY],
  options: { ...JSON_OPTION, 'app-database': { type: 'string' } },
  async runBare(env, { operands, options }, terminal) {
    const wrong = operands.find((text) => !isWebAddress(text))
    if (wrong !== undefined) {
      return failure(`"${wrong}" is not the address of an app. Example: https://app1.example.com/notes`)
    }
    const database = options['app-database']
    const problem = typeof database === 'string' ? problemWithAppDatabase(database) : null
    if (problem !== null) return failure(problem)
    const { AUTH_INTERNAL_URL: given } = env
    const inside = given ? readOrigin('AUTH_INTERNAL_URL', given, 'http://auth:4000') : success(null)
    if (!inside.ok) return inside
    const apps = operands.map((text) => new URL(text))
    const findings = await examine(env, inside.value, apps, terminal)
    if (typeof database === 'string') {
      terminal.progress('Checking the database of the app')
      findings.push(...(await checkAppDatabase(database)))
    }
    terminal.endProgress()
    return report(findings, options.json === true)
  },
}

const isWebAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** Runs the checks in order, and skips those that need something broken. */
async function examine(
  env: Environment,
  inside: string | null,
  apps: readonly URL[],
  terminal: Terminal,
): Promise<Finding[]> {
  const { config, findings: settings } = checkSettings(env)
  const findings = [checkNode(process.versions.node), ...settings]
  if (!config) return findings
  const target: Target = {
    config,
    internalUrl: inside ?? ownUrl(config),
    apps,
    now: Date.now,
  }
  async function look(at: string, check: Check): Promise<boolean> {
    terminal.progress(`Checking ${at}`)
    const found = await check(target)
    findings.push(...found)
    return isWell(found)
  }

  const isStored = await look('the database', checkDatabase)
  const isKeyed = isStored && (await look('the keys', checkKeys))
  await look('cookies', checkCookies(signsInByOidc))
  await look('mail', checkMail)
  const isReachable = await look('the connection to the auth service', checkReach)
  if (isReachable) await look('the settings of the running service', checkRunning)
  await look('clocks', checkClock)
  if (isReachable) await look('proxies', checkProxy)
  if (isReachable && isStored) await look('sites behind forward auth', checkForwardAuth)
  if (isStored) await look('SAML', checkSaml)
  if (isReachable) await look('the revocation feed', checkFeed)
  await look('the listener for apps', checkFeedPlaces)
  if (isReachable) await look('the credentials of an app', checkCredentials(env))
  if (isReachable && isKeyed && apps.length > 0) await look('sign-in and sign-out', checkJourney)
  return findings
}

/** Where the service listens, which is also its internal URL by default. */
function ownUrl(config: Config): string | null {
  const [host, port] =
    config.internalPort === undefined
      ? [config.host, config.port]
      : [config.internalHost, config.internalPort]
  if (port === 0) return null
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

const MARKS = { ok: 'ok   ', warn: 'warn ', fail: 'FAIL ' } as const

function report(findings: readonly Finding[], json: boolean): Outcome {
  const ok = isWell(findings)
  const count = findings.filter(({ status }) => status === 'fail').length
  const text = json
    ? asJson({ ok, findings })
    : findings
        .map(
          ({ check, status, what, remedy }) =>
            `${MARKS[status]} ${check}: ${what}${remedy ? `\n      -> ${remedy}` : ''}`,
        )
        .join('\n')
  if (ok) return success(text)
  const reason = json ? '' : `${amount(count, 'check')} failed.`
  return { ok: false, report: text, reason }
}
