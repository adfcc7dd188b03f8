import { fileURLToPath } from 'node:url'
import type { Service } from '@latchkey/auth-service'
import { readCookies } from '@latchkey/jwt-middleware'
import { SECRET_KEY } from '../../auth-service/support/services.ts'
import { type Answer, send } from '../../support/http.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../support/tokens.ts'
import type { AuthProcessOptions, AuthTasks } from './auth-process.ts'
import { type Child, type Exit, startChild } from './child.ts'
import { steadyPort } from './port.ts'

const SCRIPT = fileURLToPath(new URL('./auth-process.ts', import.meta.url))
/** Everybody's. */
export const PASSWORD = 'a long walk by the sea'

/** Both tokens of a session. */
export interface Pair {
  readonly access: string
  readonly refresh: string
  /** Of the auth service alone; a renewal hands out none. */
  readonly session?: string
}

/** Somebody who has signed up. */
export interface Person extends Pair {
  readonly uuid: string
  readonly email: string
}

export interface AuthOptions {
  /** `file:…` or `postgres://…`. */
  readonly databaseUrl: string
  readonly env?: Readonly<Record<string, string>>
  /** By how many seconds its clock is ahead. */
  readonly clockOffset?: number
}

/** A process of the auth service, which can be killed and started again on its port and database. */
export interface AuthService {
  /** Where to reach it from inside, e.g. `http://127.0.0.1:21345`; its AUTH_URL is ISSUER. */
  readonly url: string
  readonly port: number
  readonly databaseUrl: string
  /** Everything that all its processes printed. */
  output(): string
  /** Moves its clock by seconds; the next process keeps that. */
  advance(seconds: number): Promise<void>
  /** Calls a method of the service, past the sockets. */
  call<Part extends keyof Service, Method extends keyof Service[Part] & string>(
    part: Part,
    method: Method,
    ...given: Service[Part][Method] extends (...given: infer Given) => unknown ? Given : never
  ): Promise<Service[Part][Method] extends (...given: never[]) => infer Value ? Awaited<Value> : never>
  /** Registers somebody new, by the front door. */
  signUp(email?: string): Promise<Person>
  /** One more session of the same person. */
  signIn(person: Pick<Person, 'email'>): Promise<Pair>
  /** Trades a refresh token; the pair is `null` where there is none. Rejects where there is no answer. */
  renew(refresh: string): Promise<Answer & { readonly pair: Pair | null }>
  /** SIGTERM unless told otherwise; resolves once it has ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
  /** Starts the next process, after `stop`. */
  start(): Promise<void>
}

let people = 0

/** Starts the auth service as a process of its own, cheap passwords apart as it is deployed. */
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

/** Both tokens that an answer hands out, or `null`. */
export function pairOf({ headers }: Pick<Answer, 'headers'>): Pair | null {
  const lines = (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] as string)
  const value = (name: string) =>
    lines.flatMap((line) => readCookies(line, name)).find((token) => token !== '')
  const [access, refresh] = [value('jwt.access'), value('jwt.refresh')]
  const session = value('session')
  return access && refresh ? { access, refresh, ...(session && { session }) } : null
}

/** The `Cookie` header of a browser that has these. */
export const cookieOf = ({ access, refresh, session }: Partial<Pair>): string =>
  [access && `jwt.access=${access}`, refresh && `jwt.refresh=${refresh}`, session && `session=${session}`]
    .filter(Boolean)
    .join('; ')
