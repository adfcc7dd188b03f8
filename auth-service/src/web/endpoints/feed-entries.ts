import type { Revocation } from '@latchkey/jwt-middleware/contract'
import type { Revocations } from '../../events/events.ts'
import type { FeedEntry } from '../../events/revocation-entries.ts'

/**
 * An entry for clients of that contract version, unless it is for this service alone: before 2, they know no entries
 * about all sessions of a user, and get one for each session instead. All but the last have the previous id: a client
 * that loses the connection in between asks for entries after its last id, and gets all of them again.
 */
export const toldTo =
  (contract: number) =>
  (entry: FeedEntry): Revocation[] => {
    if ('apps' in entry) return []
    if (!('sids' in entry)) return [entry]
    const { sids, ...rest } = entry
    if (contract > 1) return [rest]
    return sids.map((sid, at) => ({
      id: at === sids.length - 1 ? entry.id : entry.id - 1,
      sid,
      exp: entry.exp,
    }))
  }

/** Entries read at once for clients that get one per session: an entry may become a hundred. */
export const ROWS_OF_SESSIONS = 20

/** The entries of one response, and the id of the last one they are about. */
interface Page {
  readonly last: number
  readonly entries: readonly Revocation[]
}

/**
 * The entries after an id for clients of that contract version: about `size` of them. It includes all sessions of the
 * last entry, since clients can't resume within an entry.
 */
export async function pageFor(
  contract: number,
  revocations: Pick<Revocations, 'since'>,
  id: number,
  size: number,
): Promise<Page> {
  const rows = contract > 1 ? size : ROWS_OF_SESSIONS
  const tell = toldTo(contract)
  const entries: Revocation[] = []
  for (let from = id; ; ) {
    const backlog = await revocations.since(from, rows)
    for (const entry of backlog.entries) {
      entries.push(...tell(entry))
      from = entry.id
      if (entries.length >= size) return { last: from, entries }
    }
    if (backlog.entries.length < rows) return { last: backlog.last, entries }
  }
}
