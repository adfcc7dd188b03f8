import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { isClientRejection } from '../contract/client-rejection.ts'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import { permissionsBody } from '../contract/permission-limits.ts'
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
  /** Publishes them now, where there is no other time for it; `null` if nothing is due. Never rejects. */
  attend(): Promise<void> | null
  close(): void
}

const TIMEOUT = 3_000

/** What the auth service says about the list itself: sending the same list again would not help. */
const ABOUT_THE_LIST = [400, 413, 415, 422]
const NO_ANSWER = {
  reason: 'its answer is not that of an auth service',
  remedy: 'Another program may answer there: check AUTH_INTERNAL_URL.',
}

/** Sends a list once. Returns whether that is all, and not to be tried again later. */
export type PutPermissions = (permissions: readonly Permission[]) => Promise<boolean>

/** Milliseconds before another try, by the number of earlier ones. */
export const pauseAfter = (failures: number): number => Math.min(1_000 * 2 ** failures, 300_000)

export function createPut({ url, credentials, fetch, log }: PublicationOptions): PutPermissions {
  const warn = createLimitedLog(log)

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
      'the auth service rejected the permissions of this app: the administration still shows the previous ones',
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

  return async (permissions) => {
    const failed = await put(permissions)
    if (failed !== 'over' && failed !== null) {
      warn(
        { event: 'publication_failed', url, ...failed },
        'could not publish the permissions of this app: the administration still shows the previous ones; trying again',
      )
    }
    return failed === 'over'
  }
}
