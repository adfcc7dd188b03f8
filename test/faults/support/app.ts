import { fileURLToPath } from 'node:url'
import { type Answer, type Sent, send } from '../../support/http.ts'
import { ISSUER } from '../../support/tokens.ts'
import type { AppProcessOptions, AppState, AppTasks } from './app-process.ts'
import { cookieOf, type Pair } from './auth-service.ts'
import { type Child, type Exit, startChild } from './child.ts'

const SCRIPT = fileURLToPath(new URL('./app-process.ts', import.meta.url))

export interface AppOptions extends Partial<Omit<AppProcessOptions, 'authInternalUrl' | 'port'>> {
  /** The auth service's address for this app. */
  readonly authUrl: string
  /** Node's own options, e.g. `--expose-gc`. */
  readonly nodeOptions?: string
}

/** An app's process, which can be killed and restarted. */
export interface App {
  readonly url: string
  /** One request with these cookies, `/` by default, like a script's, so that rejections are 401 and 503. */
  ask(tokens?: Partial<Pair>, sent?: Sent & { readonly path?: string }): Promise<Answer>
  /** Keys, feed, counters, warnings, and deleted users. */
  state(): Promise<AppState>
  /** Advances its clock by seconds; the next process keeps that. */
  advance(seconds: number): Promise<void>
  /** SIGTERM by default; resolves once it has ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
  /** Starts the next process, after `stop`, on the same port. */
  start(): Promise<void>
}

/** Starts an app as a separate process that follows the feed from the start. */
export async function startApp({ authUrl, nodeOptions, ...options }: AppOptions): Promise<App> {
  let lead = options.clockOffset ?? 0
  let child = await launch(0)
  const { port } = child
  const url = `http://127.0.0.1:${port}`

  function launch(port: number): Promise<Child<AppTasks>> {
    const given = {
      loginUrl: `${ISSUER}/login`,
      ...options,
      authInternalUrl: authUrl,
      port,
      clockOffset: lead,
    }
    return startChild<AppTasks>(SCRIPT, given satisfies AppProcessOptions, { NODE_OPTIONS: nodeOptions })
  }

  return {
    url,
    ask(tokens = {}, { path = '/', headers = {}, ...sent } = {}) {
      const cookie = cookieOf(tokens)
      return send(url + path, { ...sent, headers: { ...headers, ...(cookie && { cookie }) } })
    },
    state: () => child.ask('state'),
    async advance(seconds) {
      lead += seconds
      await child.ask('advance', seconds)
    },
    stop: (signal = 'SIGTERM') => child.kill(signal),
    async start() {
      child = await launch(port)
    },
  }
}
