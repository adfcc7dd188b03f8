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

type Settings = Pick<Config, 'authUrl' | 'port'>

/** What to do about a port in use. */
export const portRemedy = (settings: Settings, setting: string): string =>
  isVisible(settings, setting)
    ? 'Stop that program, or choose another port in AUTH_URL, and in LOGIN_URL of the apps.'
    : `Stop that program, or set ${setting} to a free port.`

/** What to do about a low port, which the system keeps for root. */
export function lowPortRemedy(settings: Settings, setting: string): string {
  if (!isVisible(settings, setting)) return `Set ${setting} to a port from 1024 on.`
  const { protocol, hostname } = new URL(settings.authUrl)
  const example = `${protocol}//${hostname}:4000`
  return (
    `Choose a port from 1024 on in AUTH_URL, for example ${example}, and in LOGIN_URL of the apps. ` +
    'If a proxy is in front, set PORT to the port that it forwards to.'
  )
}

/** Whether browsers reach the service at this port, without a proxy. */
function isVisible({ authUrl, port: ownPort }: Settings, setting: string): boolean {
  const { protocol, hostname, port } = new URL(authUrl)
  const isDirect = protocol === 'http:' && isLocalName(hostname)
  return isDirect && (Number(port) || 80) === ownPort && setting === 'PORT'
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
