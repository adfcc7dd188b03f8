import { it } from 'vitest'

/** What a specification or a certification lists, item by item. */
export interface Checklist {
  /** The test of an item. */
  item(name: string, test: () => Promise<void>): void
  /** Says why an item can't apply, and tests that the reason holds. */
  cannotApply(name: string, reason: string, proof: () => Promise<void>): void
  /** The items that have neither a test nor a reason so far. */
  missing(): readonly string[]
}

/** @throws Error for an item that is not on the list, or twice in the file */
export function createChecklist(names: readonly string[]): Checklist {
  const open = new Set(names)

  function take(name: string): void {
    if (!open.delete(name)) throw new Error(`${name} is not on the list, or was there before.`)
  }

  return {
    item(name, test) {
      take(name)
      it(name, test)
    },
    cannotApply(name, reason, proof) {
      take(name)
      it(`${name} can't apply: ${reason}`, proof)
    },
    missing: () => [...open],
  }
}
