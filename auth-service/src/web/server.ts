import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { ConfigError, type Environment, readConfig } from '../platform/config/config.ts'
import { sendsMail } from '../platform/config/mail-config.ts'
import { databaseTrouble } from '../platform/database/explain-db-error.ts'
import { describeError } from '../platform/logging/logger.ts'
import { createDrain } from '../platform/process/graceful-shutdown.ts'
import { createService, type Service } from '../service.ts'
import { createApp } from './app.tsx'
import { createInternalApp } from './internal-app.ts'
import { lowPortRemedy, portRemedy, portTaken } from './listen-failure.ts'
import { answerUnreadable, MAX_HEADER } from './unreadable-request.ts'

/** Time-out for current requests at shutdown, in ms. */
const SHUTDOWN_TIMEOUT = 10_000

export interface RunningServer {
  /** The address: with PORT=0, only known now. */
  readonly address: AddressInfo
  /** The same for the listener for apps; `null` without INTERNAL_PORT. */
  readonly internalAddress: AddressInfo | null
  /** Accepts no more requests, finishes current ones, and closes the service. */
  close(): Promise<void>
}

/**
 * Serves the whole auth service on HOST and PORT, and the endpoints for apps also on INTERNAL_HOST and INTERNAL_PORT.
 * Rejects if it can't listen there.
 */
export async function serve(service: Service): Promise<RunningServer> {
  const { host, port, internalHost, internalPort } = service.config
  const outside = await listen(service, createApp(service).fetch, host, port)
  const inside =
    internalPort === undefined
      ? null
      : await listen(service, createInternalApp(service).fetch, internalHost, internalPort).catch(
          async (error) => {
            await outside.drain()
            throw error
          },
        )
  service.cleanUpSoon()
  service.oidc.start()
  service.saml.start()
  warnOfSettings(service)

  return {
    address: outside.address,
    internalAddress: inside?.address ?? null,
    async close() {
      // Streams would never end by themselves; their clients resume with the next process.
      await Promise.all([outside.drain(), inside?.drain(), service.revocations.close()])
      await service.close()
    },
  }
}

async function listen(service: Service, fetch: Hono['fetch'], host: string, port: number) {
  const serverOptions = { maxHeaderSize: MAX_HEADER }
  const server = createAdaptorServer({ fetch, serverOptions }) as Server
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  // Longer than proxies keep idle connections: otherwise they would use a closing one, and return 502.
  server.keepAliveTimeout = 75_000
  server.on('connection', rememberAddress)
  answerUnreadable(server, service)
  const drain = createDrain(server, SHUTDOWN_TIMEOUT)
  server.listen(port, host)
  await once(server, 'listening')
  return { address: server.address() as AddressInfo, drain }
}

/**
 * Reads the client's address, which Node keeps from then on. It could not tell it once the client has reset the
 * connection, and a request without an address counts in no rate limit of a network. A connection that was reset before
 * it was accepted has no address any more: it is closed, since no answer could reach the client.
 */
function rememberAddress(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy()
}

/** Valid settings that are probably a mistake. */
function warnOfSettings({ config, log }: Service): void {
  if (!sendsMail(config)) {
    log.warn({ event: 'mail_is_kept' }, 'SMTP_URL is not set: emails are stored and not sent')
  }
  if (config.https && config.trustedProxies.length === 0) {
    log.error(
      { event: 'no_trusted_proxy' },
      'AUTH_URL is https, which needs a proxy in front, but TRUSTED_PROXIES is empty. Set it to the address ' +
        'from which the proxy connects: until then all clients share one rate limit, and one client ' +
        'can use it up for all',
    )
  }
}

/** Runs the auth service as this process's only task, until it is stopped. */
export async function start(env: Environment): Promise<void> {
  const service = await openService(env).catch((error) => fail('DATABASE_URL', error))
  const server = service && (await serve(service).catch((error) => failToListen(service, error)))
  if (!server) return service?.close()

  const stop = () => {
    // A second signal finds no listener, and ends the process at once.
    process.off('SIGTERM', stop).off('SIGINT', stop)
    server.close().catch((error) => fail('The shutdown', error))
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
  // Last, since a process that waits for this line may stop us at once.
  const { address, port } = server.address
  const inside = server.internalAddress
  if (inside) console.log(`Apps reach it internally at ${inside.address}, port ${inside.port}.`)
  const first = (await service.users.isEmpty().catch(() => false)) ? [FIRST_STEP] : []
  const place = `The auth service is at ${service.config.authUrl}/ (listening on ${address}, port ${port}).`
  console.log([place, ...first].join('\n'))
}

const FIRST_STEP =
  'There are no users yet. Create the first superuser, with the settings of this service (AUTH_URL, COOKIE_DOMAIN, ' +
  'SECRET_KEY, DATABASE_URL) and in the same folder: npx latchkey createsuperuser'

/** Says which settings of the failed listener to change. */
async function failToListen(
  { config }: Service,
  error: NodeJS.ErrnoException & Partial<AddressInfo>,
): Promise<null> {
  const isInside = error.address === config.internalHost && error.port === config.internalPort
  const settings = isInside ? 'INTERNAL_HOST and INTERNAL_PORT' : 'HOST and PORT'
  const setting = isInside ? 'INTERNAL_PORT' : 'PORT'
  const { address: host = config.host, port = config.port } = error
  const isLow = error.code === 'EACCES' && port < 1024
  if (error.code !== 'EADDRINUSE' && !isLow) return fail(settings, error)
  const why = isLow ? `this user may not listen at port ${port} (EACCES)` : await portTaken({ host, port })
  const remedy = isLow ? lowPortRemedy(config, setting) : portRemedy(config, setting)
  console.error(`${settings} can't be used: ${why}. ${remedy}`)
  process.exitCode = 1
  return null
}

const openService = async (env: Environment): Promise<Service> => createService(readConfig(env))

/** Tells the operator which setting to check; prints a stack only for internal errors. */
function fail(what: string, error: unknown): null {
  const { code, message, stack } = describeError(error)
  const trouble = what === 'DATABASE_URL' ? databaseTrouble(error) : null
  const ours = trouble
    ? `${what} can't be used: ${trouble.what}. ${trouble.remedy}`
    : code === undefined
      ? stack
      : `${what} can't be used: ${message} (${code})`
  console.error(error instanceof ConfigError ? error.message : ours)
  process.exitCode = 1
  return null
}
