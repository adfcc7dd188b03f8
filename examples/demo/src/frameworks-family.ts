import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { demoApps, type Member, member, secretKey } from './family.ts'
import { holdAll } from './settings.ts'

/** The same small app on each framework, and one auth service. */
export interface FrameworksFamily {
  readonly auth: Member
  readonly apps: readonly Member[]
}

const COOKIE_DOMAIN = 'team.localhost'
const FIRST_PORT = 4100
const FRAMEWORKS = [
  ['Hono', 'hono'],
  ['Express', 'express'],
  ['Fastify', 'fastify'],
  ['Koa', 'koa'],
  ['node:http', 'node'],
] as const

/**
 * Free ports for the auth service and each app: successive ones from `DEMO_PORT`, or any for 0.
 * @throws Error naming the first port that is taken
 */
export function chooseFrameworkPorts(given = String(FIRST_PORT)): Promise<number[]> {
  const first = Number(given)
  if (!/^\d{1,5}$/.test(given))
    throw new Error(`DEMO_PORT is "${given}". Set it to a number, for example 4100.`)
  const count = FRAMEWORKS.length + 1
  const wanted = Array.from({ length: count }, (_, at) => (first === 0 ? 0 : first + at))
  return holdAll(wanted, 'DEMO_PORT=4200 npm run demo:frameworks')
}

/** The settings of all processes, with the data of the auth service in this folder. */
export function createFrameworksFamily(folder: string, ports: readonly number[]): FrameworksFamily {
  mkdirSync(folder, { recursive: true })
  const url = (host: string, port: number) => `http://${host}.${COOKIE_DOMAIN}:${port}`
  const [authPort = 0, ...others] = ports
  const authUrl = url('auth', authPort)
  const addresses = FRAMEWORKS.map(([name, host], at) => ({ name, host, port: others[at] ?? 0 })).map(
    (one) => ({ ...one, url: url(one.host, one.port) }),
  )
  const links = JSON.stringify(addresses.map(({ name, url }) => [name, url]))
  const app = ({ name, host, port, url }: (typeof addresses)[number]) =>
    member(name, url, `@latchkey/frameworks/${host}`, port, {
      OWN_URL: url,
      LOGIN_URL: `${authUrl}/login`,
      APPS: links,
    })
  return {
    auth: member('Auth service', authUrl, '@latchkey/demo/auth-service', authPort, {
      AUTH_URL: authUrl,
      COOKIE_DOMAIN,
      DATABASE_URL: `file:${join(folder, 'auth.sqlite')}`,
      SECRET_KEY: secretKey(join(folder, 'secret-key')),
      LOG_LEVEL: 'warn',
      DEMO_APPS: demoApps(
        addresses.map(({ name, url }) => ({ name, url, start: '/', icon: name.slice(0, 2).toUpperCase() })),
      ),
    }),
    apps: addresses.map(app),
  }
}
