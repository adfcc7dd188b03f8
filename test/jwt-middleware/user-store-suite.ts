import type { Identity, UserStore } from '@latchkey/jwt-middleware'
import { type StoreAbility, type StoredUser, userStoreCases } from '@latchkey/jwt-middleware/testing'
import { describe, expect, it } from 'vitest'
import { naughtyStrings } from '../support/naughty-strings.ts'

export interface OwnStore {
  readonly users: UserStore
  /** Every row, read directly. Omitted if only the store can be asked. */
  readonly rows?: () => Promise<(StoredUser & { id: number; isActive: boolean })[]>
  readonly remove?: (uuid: string) => unknown
  readonly close?: () => Promise<void>
}

export const identity = (changes: Partial<Identity> = {}): Identity => ({
  uuid: '8d0b9a4c-1f6e-4a3e-9a55-2f3b1c7f6e01',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  isStaff: false,
  isSuperuser: false,
  groups: [],
  emailVerified: false,
  version: 0,
  issuedAt: 1_000,
  ...changes,
})

/** The cases of `@latchkey/jwt-middleware/testing`, and what our own stores promise besides. */
export function describeUserStore(
  name: string,
  open: () => Promise<OwnStore>,
  more: readonly StoreAbility[] = [],
): void {
  describe(`The user store ${name}`, () => {
    for (const one of userStoreCases(open, ['register', 'setActive', 'states', ...more]))
      it(one.name, () => one.run())

    const stored = async (...people: Identity[]) => {
      const store = await open()
      for (const person of people) expect(await store.users.sync(person, 'create')).not.toBeNull()
      const rows = await store.rows?.()
      await store.close?.()
      return rows?.map(({ email, firstName, lastName }) => [email, firstName, lastName])
    }

    it('stores every naughty string unchanged', async () => {
      const people = naughtyStrings.map((text, index) =>
        identity({
          uuid: `8d0b9a4c-1f6e-4a3e-9a55-${index.toString(16).padStart(12, '0')}`,
          email: text,
          firstName: text,
          lastName: text,
        }),
      )
      const rows = await stored(...people)
      if (rows) expect(rows).toEqual(naughtyStrings.map((text) => [text, text, text]))
    })

    it('stores U+FFFD instead of U+0000 and of half a surrogate pair, which some databases cannot store', async () => {
      const rows = await stored(identity({ firstName: 'A\0da\uD800', lastName: '\0' }))
      if (rows) expect(rows).toEqual([['ada@example.com', 'A\uFFFDda\uFFFD', '\uFFFD']])
    })
  })
}
