import { isLocalName } from '@latchkey/jwt-middleware/contract'
import type { Config } from '../platform/config/config.ts'
import { portOwner } from '../platform/net/port-owner.ts'

/** How long a program that holds the port may take to show who it is, in ms. */
const PATIENCE = 1_000

/** Where the service could not listen. */
interface Listener {
  readonly host: string
  readonly port: number
}

/** Says which program uses a port already, as far as that can be found out. */
export async function portTaken({ host, port }: Listener): Promise<string> {
  const [owner, isOurs] = await Promise.all([portOwner(port), isAuthService({ host, port })])
  const process = owner ? ` (process ${owner.pid})` : ''
  const by = isOurs
    ? `another Latchkey auth service${process}`
    : owner
      ? `the program "${owner.name}"${process}`
      : 'another program'
  return `port ${port} of ${host} is used by ${by}`
}

/** What to do about a port in use. */
export function portRemedy(
  { authUrl, port: ownPort }: Pick<Config, 'authUrl' | 'port'>,
  setting: string,
): string {
  const { hostname, port } = new URL(authUrl)
  const isVisible = isLocalName(hostname) && port === String(ownPort) && setting === 'PORT'
  return isVisible
    ? 'Stop that program, or choose another port in AUTH_URL, and in LOGIN_URL of the apps.'
    : `Stop that program, or set ${setting} to a free port.`
}

/** Only an auth service is healthy and publishes signing keys there. */
async function isAuthService({ host, port }: Listener): Promise<boolean> {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`
  const signal = AbortSignal.timeout(PATIENCE)
  try {
    const [health, jwks] = await Promise.all(
      ['/healthz', '/.well-known/jwks.json'].map(async (path) => {
        const answer = await fetch(origin + path, { signal, redirect: 'error' })
        return (await answer.json()) as { status?: unknown; keys?: unknown }
      }),
    )
    return health?.status === 'ok' && Array.isArray(jwks?.keys)
  } catch {
    return false
  }
}
