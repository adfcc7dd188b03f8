import { OTHER_ORIGIN, OTHER_SCHEME, UNREADABLE_PAGE } from '#process-or-worker/contract/log-messages'
import type { WarnLimited } from '../contract/limited-log.ts'
import { loggableHost } from '../contract/loggable-host.ts'
import type { HeaderReader } from '../contract/same-origin.ts'

/** Logs what pages of other origins were refused. */
export interface OriginLog {
  /** An unsafe request from another origin is rejected. */
  foreign(header: HeaderReader): void
  /** A page of another origin asked to read, and is not among `cors`. */
  unreadable(header: HeaderReader): void
}

export function createOriginLog(ownOrigin: string, warn: WarnLimited): OriginLog {
  const own = new URL(ownOrigin)
  return {
    unreadable(header) {
      warn(
        {
          event: 'request_refused',
          cause: 'unreadable',
          host: loggableHost(header('origin')),
          expected: ownOrigin,
          setting: 'cors',
        },
        UNREADABLE_PAGE,
      )
    },
    foreign(header) {
      const host = loggableHost(header('origin'))
      const isSelf = host === own.hostname
      warn(
        {
          event: 'request_refused',
          cause: 'foreign_origin',
          host,
          site: /^[a-z-]{1,20}$/.exec(header('sec-fetch-site') ?? '')?.[0],
          expected: ownOrigin,
          setting: isSelf ? 'OWN_URL' : 'trustedOrigins',
        },
        isSelf ? OTHER_SCHEME : OTHER_ORIGIN,
      )
    },
  }
}
