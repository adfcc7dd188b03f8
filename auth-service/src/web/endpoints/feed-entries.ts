import type { Revocation } from '@latchkey/jwt-middleware'
import type { FeedEntry } from '../../events/revocation-feed.ts'

/**
 * An entry as it is told to clients of that contract: until 2, they know no entries about all sessions of a person, and
 * are told of each of them instead, all under one id.
 */
export const toldTo =
  (contract: number) =>
  (entry: FeedEntry): Revocation[] => {
    if (!('sids' in entry)) return [entry]
    const { sids, ...told } = entry
    return contract > 1 ? [told] : sids.map((sid) => ({ id: entry.id, sid, exp: entry.exp }))
  }
