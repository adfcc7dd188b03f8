import { AsyncLocalStorage } from 'node:async_hooks'

/** What every line of the log says that is written while a request is answered. */
export interface RequestContext {
  readonly request_id: string
}

/** The request that is being answered, for whoever writes to the log meanwhile. */
export const requestContext = new AsyncLocalStorage<RequestContext>()
