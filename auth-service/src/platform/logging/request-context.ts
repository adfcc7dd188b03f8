import { AsyncLocalStorage } from 'node:async_hooks'

/** The fields of every log line that is written during a request. */
export interface RequestContext {
  readonly request_id: string
}

/** The current request, for log lines. */
export const requestContext = new AsyncLocalStorage<RequestContext>()
