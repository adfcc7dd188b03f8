import { fileURLToPath } from 'node:url'
import { readCookies } from '@latchkey/jwt-middleware'
import type { Parts } from '../../../auth-service/src/service.ts'
import { SECRET_KEY } from '../../auth-service/support/services.ts'
import { type Answer, send } from '../../support/http.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../support/tokens.ts'
import type { AuthProcessOptions, AuthTasks } from './auth-process.ts'
import { type Child, type Exit, startChild } from './child.ts'
import { steadyPort } from './port.ts'

const SCRIPT = fileURLToPath(new URL('./auth-process.ts', import.meta.url))
/** All users' cookies. */
export const PASSWORD = 'a long walk by the sea'

/** Both tokens of a session. */
export interface Pair {
  readonly access: string
  readonly refresh: string
  /** The auth service's own cookie, which renewals do not set. */
  readonly session?: string
}

/** A registered user. */
export interface Person extends Pair {
  readonly uuid: string
  readonly email: string
}

export interface AuthOptions {
  /** `file:…` or `postgres://…`. */
  readonly databaseUrl: string
  readonly env?: Readonly<Record<string, string>>
  /** How many seconds its clock is ahead. */
  readonly clockOffset?: number
}

/** An auth service's process, which can be killed and restarted on its port and database. */
export interface AuthService {
  /** Its internal address, e.g. `http://127.0.0.1:21345`; its AUTH_URL is ISSUER. */
  readonly url: string
  readonly port: number
  readonly databaseUrl: string
  /** The output of all its processes. */
  output(): string
  /** Advances its clock by seconds; the next process keeps that. */
  advance(seconds: number): Promise<void>
  /** Calls a method of the service directly. */
  call<Part extends keyof Parts, Method extends keyof Parts[Part] & string>(
    part: Part,
    method: Method,
    ...given: Parts[Part][Method] extends (...given: infer Given) => unknown ? Given : never
  ): Promise<Parts[Part][Method] extends (...given: never[]) => infer Value ? Awaited<Value> : never>
  /** Registers a new user over HTTP. */
  signUp(email?: string): Promise<Person>
  /** Another session of the same user. */
  signIn(person: Pick<Person, 'email'>): Promise<Pair>
  /** Exchanges a refresh token; the pair is `null` if there is none. Rejects without a response. */
  renew(refresh: string): Promise<Answer & { readonly pair: Pair | null }>
  /** SIGTERM by default; resolves once it has ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
  /** Starts the next process, after `stop`. */
  start(): Promise<void>
}

let people = 0

/** Starts the auth service as a separate process, as deployed except for cheap passwords. */
export async function startAuthService({
  databaseUrl,
  env = {},
  clockOffset = 0,
}: AuthOptions): Promise<AuthService> {
  const port = await steadyPort()
  const url = `http://127.0.0.1:${port}`
  let lead = clockOffset
  let past = ''
  let child = await launch()

  function launch(): Promise<Child<AuthTasks>> {
    const settings = {
      AUTH_URL: ISSUER,
      COOKIE_DOMAIN,
      SECRET_KEY,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      LOG_LEVEL: 'warn',
      ...env,
    }
    return startChild<AuthTasks>(SCRIPT, { clockOffset: lead } satisfies AuthProcessOptions, settings)
  }

  async function post(
    path: string,
    body: object | null,
    cookie?: string,
  ): Promise<Answer & { pair: Pair | null }> {
    const headers = {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(cookie && { cookie }),
    }
    const answer = await send(url + path, {
      method: 'POST',
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    return { ...answer, pair: pairOf(answer) }
  }

  async function enter(path: string, expected: number, fields: object): Promise<Answer & { pair: Pair }> {
    const answer = await post(path, { password: PASSWORD, ...fields })
    if (answer.status === expected && answer.pair) return { ...answer, pair: answer.pair }
    throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
  }

  return {
    url,
    port,
    databaseUrl,
    output: () => past + child.output(),
    async advance(seconds) {
      lead += seconds
      await child.ask('advance', seconds)
    },
    call: (part, method, ...given) => child.ask('call', part, method, ...given) as never,
    async signUp(email = `person-${++people}@example.com`) {
      const fields = { email, first_name: 'Ada', last_name: 'Lovelace' }
      const { text, pair } = await enter('/register', 201, fields)
      return { email, uuid: JSON.parse(text).uuid, ...pair }
    },
    signIn: async ({ email }) => (await enter('/login', 200, { email })).pair,
    renew: (refresh) => post('/refresh', null, `jwt.refresh=${refresh}`),
    stop: (signal = 'SIGTERM') => child.kill(signal),
    async start() {
      past += child.output()
      child = await launch()
    },
  }
}

/** Both tokens in a response, or `null`. */
export function pairOf({ headers }: Pick<Answer, 'headers'>): Pair | null {
  const lines = (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] as string)
  const value = (name: string) =>
    lines.flatMap((line) => readCookies(line, name)).find((token) => token !== '')
  const [access, refresh] = [value('jwt.access'), value('jwt.refresh')]
  const session = value('session')
  return access && refresh ? { access, refresh, ...(session && { session }) } : null
}

/** The `Cookie` header of a browser with these. */
export const cookieOf = ({ access, refresh, session }: Partial<Pair>): string =>
  [access && `jwt.access=${access}`, refresh && `jwt.refresh=${refresh}`, session && `session=${session}`]
    .filter(Boolean)
    .join('; ')
