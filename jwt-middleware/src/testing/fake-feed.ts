import type { Revocation, RevocationSource } from '../contract/revocation.ts'

/** An entry without the id that the feed assigns. */
type NewEntry<Entry = Revocation> = Entry extends Revocation ? Omit<Entry, 'id'> : never

/** The revocation feed of the fake auth service. Apps hear of an entry before `publish` returns. */
export interface FakeFeed {
  readonly source: RevocationSource
  publish(entry: NewEntry): void
}

export function createFakeFeed(): FakeFeed {
  const entries: Revocation[] = []
  const listeners = new Set<(entries: readonly Revocation[]) => void>()
  return {
    source: {
      since: async (id) => ({ last: entries.length, entries: entries.filter((entry) => entry.id > id) }),
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    publish(entry) {
      const added = { ...entry, id: entries.length + 1 } as Revocation
      entries.push(added)
      for (const listener of listeners) listener([added])
    },
  }
}
