/** A few short texts that must outlive the process, by name. A sync store answers without a promise. */
export interface StateStore {
  /** The last text written under this name, or `null`. Throws when the database does not respond. */
  readState(name: string): string | null | Promise<string | null>
  /** Throws when the database does not respond. */
  writeState(name: string, value: string): void | Promise<void>
}

/** One of those texts. Both functions may throw what the store throws. */
export interface StoredValue {
  read(): Promise<string | null>
  write(value: string): Promise<void>
}

/** The text of this name; kept only in memory if the store cannot keep any. */
export function storedValue(store: Partial<StateStore>, name: string): StoredValue {
  return {
    read: async () => (await store.readState?.(name)) ?? null,
    write: async (value) => store.writeState?.(name, value),
  }
}

/** States that live as long as the process. */
export function memoryState(): StateStore {
  const values = new Map<string, string>()
  return {
    readState: (name) => values.get(name) ?? null,
    writeState: (name, value) => void values.set(name, value),
  }
}
