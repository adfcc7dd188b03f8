import { unref } from '../contract/unref.ts'
import type { Permission } from '../users/permissions.ts'
import { createPut, type Publication, type PublicationOptions, pauseAfter } from './publication.ts'

/** Requests never wait for it: the administration shows what was published, and nothing depends on it. */
export function createPublication(options: PublicationOptions): Publication {
  const put = createPut(options)
  let state: 'idle' | 'started' | 'closed' = 'idle'
  let failures = 0
  let timer: NodeJS.Timeout | undefined

  async function publish(permissions: readonly Permission[]): Promise<void> {
    if ((await put(permissions)) || state === 'closed') return
    timer = unref(setTimeout(() => void publish(permissions), pauseAfter(failures++)))
  }

  return {
    start(permissions) {
      if (state !== 'idle') return
      state = 'started'
      void publish(permissions)
    },
    attend: () => null,
    close() {
      state = 'closed'
      clearTimeout(timer)
    },
  }
}
