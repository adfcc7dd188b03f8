import type { Revocation } from '@latchkey/jwt-middleware'
import type { FeedEntry } from '../../events/revocation-feed.ts'

/**
 * An entry as it is told to clients of that contract: until 2, they know no entries about all sessions of a person, and
 * are told of each of them instead. All but the last say the id of before: a client that lost the line in between asks for
 * what came after the id that it heard last, and gets all of them again.
 */
export const toldTo =
  (contract: number) =>
  (entry: FeedEntry): Revocation[] => {
    if (!('sids' in entry)) return [entry]
    const { sids, ...told } = entry
    if (contract > 1) return [told]
    return sids.map((sid, at) => ({
      id: at === sids.length - 1 ? entry.id : entry.id - 1,
      sid,
      exp: entry.exp,
    }))
  }
