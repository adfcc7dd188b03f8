import type { Permission } from '../users/permissions.ts'
import { createPut, pauseAfter } from './publication.ts'
import type * as InProcess from './publication-process.ts'

/** In the request that polls the feed. */
export const createPublication: typeof InProcess.createPublication = (options) => {
  const put = createPut(options)
  let list: readonly Permission[] | null = null
  let failures = 0
  let dueAt = 0

  async function publish(permissions: readonly Permission[]): Promise<void> {
    // Before the answer, so that requests that come meanwhile leave it to this one.
    dueAt = Date.now() + pauseAfter(failures++)
    if (await put(permissions)) list = null
  }

  return {
    start(permissions) {
      list = permissions
    },
    attend: () => (list === null || Date.now() < dueAt ? null : publish(list)),
    close() {
      list = null
    },
  }
}
