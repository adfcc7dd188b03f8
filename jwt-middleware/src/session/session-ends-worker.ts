import { LatchkeyError } from '../contract/errors.ts'
import type * as InProcess from './session-ends-process.ts'

/** A worker belongs to one request at a time: what one of them opened, no other one may end. */
const refuse = () => {
  throw new LatchkeyError(
    'unsupported_runtime',
    'Nothing outlives a request of a worker: leave out user.signal, onSessionEnd(), onUserChange() and endWithSession().',
  )
}
const ignore = () => {}

export const createSessionEnds: typeof InProcess.createSessionEnds = () => ({
  signalOf: refuse,
  onEnd: refuse,
  onChange: refuse,
  endWithSession: refuse,
  hear: ignore,
  sessions: new Map(),
  renewed: ignore,
  caughtUp: ignore,
  recheck: async () => {},
})
