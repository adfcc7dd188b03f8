import { DELETION_FAILED } from '#process-or-worker/contract/log-messages'
import type { PersonDeletion } from '../contract/revocation.ts'
import type * as InProcess from './user-deletions-process.ts'

/** In the request that polls: what fails is repeated by the next one that does. */
export const createDeletions: typeof InProcess.createDeletions = ({ onUserDeleted, state, log }) => {
  let queue: readonly PersonDeletion[] = []
  let last = 0
  return {
    announce(entry) {
      queue = [...queue, entry]
    },
    ready(highest) {
      last = highest
    },
    interrupted() {},
    async handled() {
      if (queue.length === 0) return
      try {
        const stored = Number((await state.read()) ?? 0)
        // A feed that ends before our position was restored from a backup.
        const position = last < stored ? 0 : stored
        for (const entry of queue) {
          if (entry.id > position) {
            await onUserDeleted(entry.sub)
            await state.write(String(entry.id))
          }
          queue = queue.filter((one) => one !== entry)
        }
      } catch (error) {
        log.warn({ error: (error as Error).message }, DELETION_FAILED)
      }
    },
    close() {},
  }
}
