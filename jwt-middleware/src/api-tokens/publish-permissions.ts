import { explainError } from '#process-or-worker/contract/explain-error'
import { isClientRejection } from '../contract/client-rejection.ts'
import { type ConnectionFailure, explainAnswer, headOf } from '../contract/connection-failure.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import { permissionsBody } from '../contract/permission-limits.ts'
import { unref } from '../contract/unref.ts'
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
  /**
   * Publishes them once, and tries again until it succeeds, or until the auth service refuses the list itself. Does nothing
   * the second time.
   */
  start(permissions: readonly Permission[]): void
  close(): void
}

const TIMEOUT = 3_000
const RETRY_FIRST = 1_000
const RETRY_LAST = 300_000

/** What the auth service says about the list itself: sending the same list again would not help. */
const ABOUT_THE_LIST = [400, 413, 415, 422]
const NO_ANSWER = {
  reason: 'its answer is not that of an auth service',
  remedy: 'Another program may answer there: check AUTH_INTERNAL_URL.',
}

/** Requests never wait for it: the administration shows what was published, and nothing depends on it. */
export function createPublication({ url, credentials, fetch, log }: PublicationOptions): Publication {
  const warn = createLimitedLog(log)
  let state: 'idle' | 'started' | 'closed' = 'idle'
  let failures = 0
  let timer: NodeJS.Timeout | undefined

  /** The auth service refuses the list. Both sides have the same limits, unless their versions differ. */
  function giveUp(status: number): 'over' {
    log.warn(
      {
        event: 'publication_refused',
        status,
        setting: 'permissions',
        remedy:
          'Check definePermissions(), or update the auth service to the version of this package. Then restart this app.',
      },
      'the auth service does not take the permissions of this app: the administration shows those of before',
    )
    return 'over'
  }

  /** What to log before the next try; `null` if the line was written already. */
  async function put(permissions: readonly Permission[]): Promise<ConnectionFailure | 'over' | null> {
    try {
      const response = await fetch(url, {
        method: 'PUT',
        redirect: 'manual',
        headers: { authorization: credentials.authorization, 'content-type': 'application/json' },
        body: permissionsBody(permissions),
        signal: AbortSignal.timeout(TIMEOUT),
      })
      if (response.status === 204) {
        credentials.accepted()
        return 'over'
      }
      if (await isClientRejection(response)) {
        credentials.rejected()
        return null
      }
      await response.body?.cancel().catch(() => {})
      if (ABOUT_THE_LIST.includes(response.status)) return giveUp(response.status)
      return explainAnswer(headOf(response), { url }) ?? NO_ANSWER
    } catch (error) {
      return explainError(error, { url })
    }
  }

  async function publish(permissions: readonly Permission[]): Promise<void> {
    const failed = await put(permissions)
    if (failed === 'over' || state === 'closed') return
    if (failed !== null) {
      warn(
        { event: 'publication_failed', url, ...failed },
        'could not publish the permissions of this app: the administration shows those of before; trying again',
      )
    }
    const pause = Math.min(RETRY_FIRST * 2 ** failures++, RETRY_LAST)
    timer = unref(setTimeout(() => void publish(permissions), pause))
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
