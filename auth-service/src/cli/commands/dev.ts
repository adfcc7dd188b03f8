import { relative, resolve } from 'node:path'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { OPERATOR } from '../../events/audit-log.ts'
import { type Environment, readConfig } from '../../platform/config/config.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { createService, type Service } from '../../service.ts'
import { portTaken } from '../../web/listen-failure.ts'
import { type RunningServer, serve } from '../../web/server.ts'
import type { BareCommand, Outcome } from '../command.ts'
import { cookieDomainFor, DEFAULT_DOMAIN, misfit, misfitOfOidc, readDevApp } from '../dev/dev-apps.ts'
import { callbackOf, type DevClient, ensureDevClient, readDevClients } from '../dev/dev-clients.ts'
import {
  changeDevFolder,
  DEV_FOLDER,
  type DevSettings,
  devAuthUrl,
  devEnvironment,
  devPassword,
  readDevSettings,
  restoreDevFolder,
} from '../dev/dev-folder.ts'
import { inspect } from '../doctor/ask-service.ts'
import { createSuperuser } from './createsuperuser.ts'

const PORT = 4000
/** The longest name of an app. */
const MAX_NAME = 60

export const dev: BareCommand = {
  usage: '--app URL… [--oidc-app URL…] [--port PORT]',
  summary:
    'runs an auth service on your own machine, for apps at addresses such as http://app1.team.localhost:3000; its data ' +
    `are in the folder ${DEV_FOLDER}, which it makes, and all other commands use it there. --oidc-app names an app on ` +
    'another domain, which signs its users in by OpenID Connect',
  operands: [0, Number.POSITIVE_INFINITY],
  needsNoSettings: true,
  options: {
    app: { type: 'string', multiple: true },
    'oidc-app': { type: 'string', multiple: true },
    port: { type: 'string' },
  },
  async runBare(env, { operands, options }) {
    if (operands.length > 0) {
      const apps = operands.map((operand) => `--app ${shellWord(operand)}`).join(' ')
      return failure(`Write --app before the address of an app: npx latchkey dev ${apps}`)
    }
    if (env.NODE_ENV === 'production') {
      return failure(
        'NODE_ENV is production, and this command is for development: it shows emails and prints a password. ' +
          'Run latchkey-auth instead.',
      )
    }
    const planned = () =>
      makePlan(
        (options.app ?? []) as string[],
        (options['oidc-app'] ?? []) as string[],
        options.port as string | undefined,
      )
    const first = planned()
    return first.ok ? await start(env, first.value, planned) : first
  },
}

interface Plan {
  readonly settings: DevSettings
  /** The given apps. */
  readonly apps: readonly URL[]
  /** The given apps on other domains. */
  readonly oidcApps: readonly URL[]
  /** The settings of the last start. */
  readonly last: DevSettings | null
}

/** Reads the options, and compares them with the data that is there. */
function makePlan(
  given: readonly string[],
  givenOidc: readonly string[],
  givenPort: string | undefined,
): Result<Plan, string> {
  const last = readDevSettings()
  if (given.length === 0 && givenOidc.length === 0 && !last) {
    return failure('Name your app: npx latchkey dev --app http://app1.team.localhost:3000')
  }
  const port = givenPort === undefined ? (last?.port ?? PORT) : Number(givenPort)
  if (!/^\d{1,5}$/.test(givenPort ?? '1') || port < 1 || port > 65_535) {
    return failure(`--port is "${givenPort}". Pass a number from 1 to 65535, for example ${PORT}.`)
  }
  const apps: URL[] = []
  for (const text of given) {
    const app = readDevApp(text)
    if (!app.ok) return app
    apps.push(app.value)
  }
  const oidcApps: URL[] = []
  for (const text of givenOidc) {
    const app = readDevApp(text, false)
    if (!app.ok) return app
    oidcApps.push(app.value)
  }
  const domain = last
    ? success(last.cookieDomain)
    : apps.length === 0
      ? success(DEFAULT_DOMAIN)
      : cookieDomainFor(apps)
  if (!domain.ok) return domain
  const origins = new Set([...(last?.apps ?? []), ...apps.map(({ origin }) => origin)])
  const settings = { cookieDomain: domain.value, port, apps: [...origins] }
  const reason = [
    ...apps.map((app) => misfit(app, settings.cookieDomain, devAuthUrl(settings))),
    ...oidcApps.map((app) => misfitOfOidc(app, settings.cookieDomain, devAuthUrl(settings))),
  ].find(Boolean)
  return reason ? failure(reason) : success({ settings, apps, oidcApps, last })
}

async function start(env: Environment, first: Plan, planAgain: () => Result<Plan, string>): Promise<Outcome> {
  const running = first.last && (await isRunning(env, first.last)) ? first.last : null
  if (running && running.port !== first.settings.port) {
    return failure(
      `It is already running at ${devAuthUrl(running)}. To change its port, stop it first: Ctrl-C in its terminal.`,
    )
  }
  const prepared = await changeDevFolder(() => {
    // Another process may have started since the first look, and not listen yet.
    const plan = planAgain()
    if (!plan.ok) return plan
    const { last, settings } = plan.value
    const other = last !== null && isAlive(last.pid) ? last.pid : undefined
    return last && other !== undefined && last.port !== settings.port
      ? failure(
          `It is starting in this folder, at ${devAuthUrl(last)}. Use that auth service, or stop it first.`,
        )
      : success({ ...plan.value, settings: { ...settings, pid: other ?? process.pid } })
  })
  if (!prepared.ok) return prepared
  const { settings, apps, oidcApps, last } = prepared.value
  const config = readConfig(devEnvironment(env, settings))
  const service = await createService(config)
  let server: RunningServer | null = null
  try {
    const account = await ensureSuperuser(service)
    const given = [...apps, ...oidcApps]
    for (const app of given) await register(service, app)
    const origins = given.length > 0 ? given.map(({ origin }) => origin) : service.apps.origins()
    const clients = await clientsOf(
      service,
      origins,
      oidcApps.map(({ origin }) => origin),
    )
    if (!clients.ok) return clients
    const shown = origins.map((url) => ({ url, client: clients.value.get(url) ?? null }))
    if (running) return success(alreadyRunning(service, account, shown))
    const failed = await serve(service).then(
      (started) => {
        server = started
        return null
      },
      (error: NodeJS.ErrnoException) => error,
    )
    if (failed) {
      // Of two processes that start at once, one is faster.
      if (await isRunning(env, settings)) return success(alreadyRunning(service, account, shown))
      await restoreDevFolder(last)
      return await failedToListen(failed, settings)
    }
    // Listens before it says how to stop.
    const stopped = stopSignal()
    console.log(greeting(service, account, shown))
    await stopped
    return success('The auth service has stopped.')
  } finally {
    await ((server as RunningServer | null) ?? service).close()
  }
}

const isAlive = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch (error) {
    // It runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether the auth service of this folder answers: only that one has its SECRET_KEY. */
async function isRunning(env: Environment, settings: DevSettings): Promise<boolean> {
  const config = readConfig(devEnvironment(env, settings))
  const answer = await inspect({ config, internalUrl: null, apps: [], now: Date.now }, config.authUrl)
  return answer.ok
}

async function failedToListen(error: NodeJS.ErrnoException, { port }: DevSettings): Promise<Outcome> {
  if (error.code !== 'EADDRINUSE')
    return failure(`Port ${port} can't be used: ${error.message}. Choose another one with --port.`)
  const taken = await portTaken({ host: '127.0.0.1', port })
  return failure(`The ${taken}. Stop that program, or choose another port: --port ${port + 100}`)
}

/** Ends with Ctrl-C; a second one finds no listener, and ends the process at once. */
const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = () => {
      process.off('SIGTERM', stop).off('SIGINT', stop)
      resolve()
    }
    process.on('SIGTERM', stop).on('SIGINT', stop)
  })

/** The superuser's address and what to print as its password. */
interface Account {
  readonly email: string
  readonly password: string
}

/** Creates the superuser at the first start. */
async function ensureSuperuser(service: Service): Promise<Account> {
  const { users, passwords, config } = service
  const email = `admin@${config.cookieDomain}`
  const password = await devPassword()
  const known = await users.findByEmail(email)
  if (!known) {
    const hash = await passwords.hash(password)
    await createSuperuser(service, { email, firstName: '', lastName: '' }, hash)
    return { email, password }
  }
  const isSame = await passwords.check(password, known.password)
  return { email, password: isSame ? password : '(the password that you chose)' }
}

/** Registers an app by the first part of its host, unless its origin is known. */
async function register({ apps, config }: Service, { origin, hostname, port, href }: URL): Promise<void> {
  const name =
    hostname === config.cookieDomain
      ? (hostname.split('.')[0] ?? '')
      : hostname.replace(`.${config.cookieDomain}`, '').replace(/\.localhost$/, '')
  for (const unused of [name, `${name} ${port}`]) {
    if (apps.at(origin)) return
    await apps.create({ name: unused.slice(-MAX_NAME), origins: [origin], start_url: href }, OPERATOR)
  }
}

/** The credentials of those apps that are on another domain: of the named ones, and of those of an earlier start. */
async function clientsOf(
  service: Service,
  origins: readonly string[],
  named: readonly string[],
): Promise<Result<ReadonlyMap<string, DevClient>, string>> {
  const known = readDevClients()
  const clients = new Map<string, DevClient>()
  for (const origin of origins) {
    if (!named.includes(origin) && !Object.hasOwn(known, origin)) continue
    const client = await ensureDevClient(service, origin)
    if (!client.ok) return client
    clients.set(origin, client.value)
  }
  return success(clients)
}

/** An app whose settings are printed. */
interface Shown {
  readonly url: string
  /** For an app on another domain. */
  readonly client: DevClient | null
}

const settingsOf = ({ config }: Service, apps: readonly Shown[]): string =>
  apps
    .map(({ url, client }) => {
      const settings = `  LOGIN_URL=${config.authUrl}/login\n  OWN_URL=${url}\n`
      return client === null
        ? `Settings of the app at ${url}, for its .env file:\n\n${settings}`
        : `Settings of the app at ${url}, which is on another domain, for its .env file:\n\n${settings}` +
            `  AUTH_CLIENT_ID=${client.clientId}\n  AUTH_CLIENT_SECRET=${client.clientSecret}\n\n` +
            'It needs openid-client (npm install openid-client), and the option oidc: auth({ oidc: oidc() })\n' +
            `A product with settings of its own takes the issuer ${config.authUrl} and the redirect URI ${callbackOf(url)},\n` +
            'or another one, after: npx latchkey apps set-oidc\n'
    })
    .join('\n')

const placesOf = ({ config: { authUrl } }: Service, { email, password }: Account): string =>
  `  Superuser       ${email}  ${password}
  Administration  ${authUrl}/admin
  Emails          ${authUrl}/mailbox
`

const alreadyRunning = (service: Service, account: Account, apps: readonly Shown[]): string =>
  [
    `The auth service of this folder is already running at ${service.config.authUrl}, and knows these apps.\n`,
    placesOf(service, account),
    settingsOf(service, apps),
  ].join('\n')

function greeting(service: Service, account: Account, apps: readonly Shown[]): string {
  const { authUrl } = service.config
  // It does not write the option oidc.
  const isOfFamily = apps.length === 0 || apps.some(({ client }) => client === null)
  const next = isOfFamily
    ? 'run "npx latchkey add" in the folder of the app, start the app,'
    : 'start the app,'
  return `
The auth service is ready at ${authUrl}/

${placesOf(service, account)}
${settingsOf(service, apps)}
Next: ${next} and open ${apps[0]?.url ?? authUrl}

The data is in ${relative('', resolve(DEV_FOLDER))}/, which git ignores: delete that folder to start again. Press Ctrl-C to stop.
`
}
