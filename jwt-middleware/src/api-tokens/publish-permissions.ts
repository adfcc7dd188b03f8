import { isClientRejection } from '../contract/client-rejection.ts'
import {
  type ConnectionFailure,
  explainAnswer,
  explainError,
  headOf,
} from '../contract/connection-failure.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { Permission } from '../users/permissions.ts'
import type { ClientCredentials } from './client-credentials.ts'

export interface PublicationOptions {
  /** The internal URL of the auth service's `/permissions`. */
  readonly url: string
  readonly credentials: ClientCredentials
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

/** Publishes an app's permissions in the background. */
export interface Publication {
  /** Publishes them once, and tries again until it succeeds. Does nothing the second time. */
  start(permissions: readonly Permission[]): void
  close(): void
}

const TIMEOUT = 3_000
const RETRY_FIRST = 1_000
const RETRY_LAST = 300_000

const REFUSED = {
  reason: 'it refused the credentials of this app',
  remedy: 'Check AUTH_CLIENT_ID and AUTH_CLIENT_SECRET; "latchkey apps rotate-secret" issues a new secret.',
}
const INVALID = {
  reason: 'it does not accept these permissions (400)',
  remedy: 'Update the auth service to the version of this package, or check definePermissions().',
}

/** Requests never wait for it: the administration shows what was published, and nothing depends on it. */
export function createPublication({ url, credentials, fetch, log }: PublicationOptions): Publication {
  const warn = createLimitedLog(log)
  let state: 'idle' | 'started' | 'closed' = 'idle'
  let failures = 0
  let timer: NodeJS.Timeout | undefined

  async function put(permissions: readonly Permission[]): Promise<ConnectionFailure | null> {
    try {
      const response = await fetch(url, {
        method: 'PUT',
        redirect: 'manual',
        headers: { authorization: credentials.authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ permissions }),
        signal: AbortSignal.timeout(TIMEOUT),
      })
      if (response.status === 204) {
        credentials.accepted()
        return null
      }
      if (await isClientRejection(response)) {
        credentials.rejected()
        return REFUSED
      }
      await response.body?.cancel().catch(() => {})
      return response.status === 400 ? INVALID : (explainAnswer(headOf(response), { url }) ?? INVALID)
    } catch (error) {
      return explainError(error, { url })
    }
  }

  async function publish(permissions: readonly Permission[]): Promise<void> {
    const failed = await put(permissions)
    if (failed === null || state === 'closed') return
    warn(
      { event: 'publication_failed', url, ...failed },
      'could not publish the permissions of this app: the administration shows those of before; trying again',
    )
    const pause = Math.min(RETRY_FIRST * 2 ** failures++, RETRY_LAST)
    timer = setTimeout(() => void publish(permissions), pause).unref()
  }

  return {
    start(permissions) {
      if (state !== 'idle') return
      state = 'started'
      void publish(permissions)
    },
    close() {
      state = 'closed'
      clearTimeout(timer)
    },
  }
}
