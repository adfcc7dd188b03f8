import { relative, resolve } from 'node:path'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { OPERATOR } from '../../events/audit-log.ts'
import { type Environment, readConfig } from '../../platform/config/config.ts'
import { createService, type Service } from '../../service.ts'
import { portTaken } from '../../web/listen-failure.ts'
import { type RunningServer, serve } from '../../web/server.ts'
import type { BareCommand, Outcome } from '../command.ts'
import { cookieDomainFor, misfit, readDevApp } from '../dev/dev-apps.ts'
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
  usage: '--app URL… [--port PORT]',
  summary:
    'runs an auth service on your own machine, for apps at addresses such as http://app1.team.localhost:3000; its data ' +
    `are in the folder ${DEV_FOLDER}, which it makes, and all other commands use it there`,
  operands: [0, Number.POSITIVE_INFINITY],
  needsNoSettings: true,
  options: { app: { type: 'string', multiple: true }, port: { type: 'string' } },
  async runBare(env, { operands, options }) {
    if (operands.length > 0) {
      const apps = operands.map((operand) => `--app ${operand}`).join(' ')
      return failure(`Write --app before the address of an app: npx latchkey dev ${apps}`)
    }
    if (env.NODE_ENV === 'production') {
      return failure(
        'NODE_ENV is production, and this command is for development: it shows emails and prints a password. ' +
          'Run latchkey-auth instead.',
      )
    }
    const planned = () => makePlan((options.app ?? []) as string[], options.port as string | undefined)
    const first = planned()
    return first.ok ? await start(env, first.value, planned) : first
  },
}

interface Plan {
  readonly settings: DevSettings
  /** The given apps. */
  readonly apps: readonly URL[]
  /** The settings of the last start. */
  readonly last: DevSettings | null
}

/** Reads the options, and compares them with the data that is there. */
function makePlan(given: readonly string[], givenPort: string | undefined): Result<Plan, string> {
  const last = readDevSettings()
  if (given.length === 0 && !last) {
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
  const domain = last ? success(last.cookieDomain) : cookieDomainFor(apps)
  if (!domain.ok) return domain
  const origins = new Set([...(last?.apps ?? []), ...apps.map(({ origin }) => origin)])
  const settings = { cookieDomain: domain.value, port, apps: [...origins] }
  const reason = apps.map((app) => misfit(app, settings.cookieDomain, devAuthUrl(settings))).find(Boolean)
  return reason ? failure(reason) : success({ settings, apps, last })
}

async function start(env: Environment, first: Plan, planAgain: () => Result<Plan, string>): Promise<Outcome> {
  const running = first.last && (await isRunning(env, first.last)) ? first.last : null
  if (running && running.port !== first.settings.port) {
    return failure(
      `It runs already, at ${devAuthUrl(running)}. To change its port, stop it first: Ctrl-C in its terminal.`,
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
          `It is just starting in this folder, at ${devAuthUrl(last)}. Use that auth service, or stop it first.`,
        )
      : success({ ...plan.value, settings: { ...settings, pid: other ?? process.pid } })
  })
  if (!prepared.ok) return prepared
  const { settings, apps, last } = prepared.value
  const config = readConfig(devEnvironment(env, settings))
  const service = await createService(config)
  let server: RunningServer | null = null
  try {
    const account = await ensureSuperuser(service)
    for (const app of apps) await register(service, app)
    const urls = apps.length > 0 ? apps.map(({ origin }) => origin) : service.apps.origins()
    if (running) return success(alreadyRunning(service, account, urls))
    const failed = await serve(service).then(
      (started) => {
        server = started
        return null
      },
      (error: NodeJS.ErrnoException) => error,
    )
    if (failed) {
      // Of two processes that start at once, one is faster.
      if (await isRunning(env, settings)) return success(alreadyRunning(service, account, urls))
      await restoreDevFolder(last)
      return await failedToListen(failed, settings)
    }
    // Listens before it says how to stop.
    const stopped = stopSignal()
    console.log(greeting(service, account, urls))
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
      : hostname.slice(0, -config.cookieDomain.length - 1)
  for (const unused of [name, `${name} ${port}`]) {
    if (apps.at(origin)) return
    await apps.create({ name: unused.slice(-MAX_NAME), origins: [origin], start_url: href }, OPERATOR)
  }
}

const settingsOf = ({ config }: Service, urls: readonly string[]): string =>
  urls
    .map(
      (url) =>
        `Settings of the app at ${url}, for its .env file:\n\n  LOGIN_URL=${config.authUrl}/login\n  OWN_URL=${url}\n`,
    )
    .join('\n')

const placesOf = ({ config: { authUrl } }: Service, { email, password }: Account): string =>
  `  Superuser       ${email}  ${password}
  Administration  ${authUrl}/admin
  Emails          ${authUrl}/mailbox
`

const alreadyRunning = (service: Service, account: Account, urls: readonly string[]): string =>
  [
    `The auth service of this folder runs already, at ${service.config.authUrl}, and knows these apps.\n`,
    placesOf(service, account),
    settingsOf(service, urls),
  ].join('\n')

function greeting(service: Service, account: Account, urls: readonly string[]): string {
  const { authUrl } = service.config
  return `
The auth service is ready at ${authUrl}/

${placesOf(service, account)}
${settingsOf(service, urls)}
Next: run "npx latchkey add" in the folder of the app, start the app, and open ${urls[0] ?? authUrl}

The data is in ${relative('', resolve(DEV_FOLDER))}/, which git ignores: delete that folder to start again. Press Ctrl-C to stop.
`
}
