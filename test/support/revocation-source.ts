import type { Revocation, RevocationSource } from '@latchkey/jwt-middleware'

/** An entry without an id. */
export type NewRevocation<Entry = Revocation> = Entry extends Revocation ? Omit<Entry, 'id'> : never

/** A source in this process, for the test's entries. */
export function revocationSource() {
  const entries: Revocation[] = []
  const listeners = new Set<(entries: readonly Revocation[]) => void>()
  const source: RevocationSource = {
    since: async (id) => ({ last: entries.length, entries: entries.filter((entry) => entry.id > id) }),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return {
    ...source,
    listeners,
    announce(...news: readonly NewRevocation[]) {
      const added = news.map((entry, index) => ({ ...entry, id: entries.length + 1 + index }) as Revocation)
      entries.push(...added)
      for (const listener of listeners) listener(added)
    },
  }
}
