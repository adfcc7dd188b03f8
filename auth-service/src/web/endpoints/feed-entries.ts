import type { Revocation } from '@latchkey/jwt-middleware/contract'
import type { Revocations } from '../../events/events.ts'
import type { FeedEntry } from '../../events/revocation-entries.ts'

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

/** Entries read in one go for clients that are told of each session of a person: an entry may be a hundred. */
export const ROWS_OF_SESSIONS = 20

/** What is told in one answer, and the id of the last entry that it is about. */
interface Page {
  readonly last: number
  readonly entries: readonly Revocation[]
}

/**
 * The entries after an id, as they are told to clients of that contract: about `size` of them. It ends with the entry that
 * fills it, however many sessions that one is about, since clients can't go on within an entry.
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
