import type { Identity, UserStore } from '@latchkey/jwt-middleware'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { naughtyStrings } from '../support/naughty-strings.ts'

/** The columns of a row that tests read, by neutral names. */
export type StoredRow = Omit<Identity, 'groups' | 'emailVerified'> & { id: number; isActive: boolean }

export interface StoreUnderTest {
  readonly users: UserStore
  /** Every row, read directly. Omitted if only the store can be asked. */
  readonly rows?: () => Promise<StoredRow[]>
  readonly close?: () => Promise<void>
}

const ADA = '8d0b9a4c-1f6e-4a3e-9a55-2f3b1c7f6e01'
const BOB = '8d0b9a4c-1f6e-4a3e-9a55-2f3b1c7f6e02'

export const identity = (changes: Partial<Identity> = {}): Identity => ({
  uuid: ADA,
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

/** The contract of every store of local users; `open` returns an empty one each time. */
export function describeUserStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`The user store ${name}`, () => {
    let store: StoreUnderTest
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close?.())

    const sync = async (changes: Partial<Identity> = {}) => store.users.sync(identity(changes), 'create')
    const syncExisting = async (changes: Partial<Identity> = {}) =>
      store.users.sync(identity(changes), 'existing')

    describe('for a new user', () => {
      it('creates a row, and keeps it', async () => {
        const ada = await sync()
        const bob = await sync({ uuid: BOB })
        expect(ada).toMatchObject({ id: expect.any(Number), isActive: true })
        expect(bob?.id).not.toBe(ada?.id)
        expect(await sync({ issuedAt: 2_000 })).toMatchObject({ id: ada?.id, isActive: true })
        expect(await sync({ issuedAt: 2_000 })).toMatchObject({ id: ada?.id, isActive: true })
      })

      it('creates one row for any number of simultaneous requests', async () => {
        const answers = await Promise.all(
          Array.from({ length: 1_000 }, (_, index) => sync({ issuedAt: 1_000 + (index % 7) })),
        )
        expect(new Set(answers.map((answer) => answer?.id)).size).toBe(1)
        if (store.rows) expect(await store.rows()).toMatchObject([{ uuid: ADA, issuedAt: 1_006 }])
      })

      it('accepts an email address that another row still has', async () => {
        const ada = await sync()
        const bob = await sync({ uuid: BOB, email: identity().email })
        expect(bob?.id).not.toBe(ada?.id)
      })

      it('rejects them each time if users must be registered beforehand', async () => {
        expect(await syncExisting()).toBeNull()
        expect(await syncExisting({ issuedAt: 2_000 })).toBeNull()
        if (store.rows) expect(await store.rows()).toEqual([])
      })
    })

    describe('for a registered user', () => {
      it('accepts every token', async () => {
        const registered = await store.users.register(ADA)
        expect(registered).toMatchObject({ isActive: true })
        for (const issuedAt of [0, 1_000, 500]) {
          expect(await syncExisting({ issuedAt })).toMatchObject({ id: registered.id, isActive: true })
        }
      })

      it('keeps one row when they are registered twice or after the first visit', async () => {
        const first = await store.users.register(ADA)
        expect((await store.users.register(ADA)).id).toBe(first.id)
        const visitor = await sync({ uuid: BOB, firstName: 'Bob' })
        expect((await store.users.register(BOB)).id).toBe(visitor?.id)
        if (store.rows) expect((await store.rows()).map((row) => row.firstName)).toEqual(['', 'Bob'])
      })
    })

    describe('for a disabled user', () => {
      it('rejects every later token until they are enabled again', async () => {
        await sync()
        expect(await store.users.setActive(ADA, false)).toBe(true)
        expect(await sync()).toMatchObject({ isActive: false })
        expect(await sync({ issuedAt: 2_000 })).toMatchObject({ isActive: false })
        expect(await syncExisting({ issuedAt: 3_000 })).toMatchObject({ isActive: false })
        expect((await store.users.register(ADA)).isActive).toBe(false)
        expect(await store.users.setActive(ADA, true)).toBe(true)
        expect(await sync({ issuedAt: 4_000 })).toMatchObject({ isActive: true })
      })

      it('reports a missing user', async () => {
        expect(await store.users.setActive(BOB, false)).toBe(false)
        expect(await store.users.setActive('not a uuid', false)).toBe(false)
      })

      it('leaves all others alone', async () => {
        await sync()
        await sync({ uuid: BOB })
        await store.users.setActive(ADA, false)
        expect(await sync({ uuid: BOB, issuedAt: 2_000 })).toMatchObject({ isActive: true })
      })
    })

    describe('for states', () => {
      const read = async (name: string) => store.users.readState(name)

      it('returns the last value, by name', async () => {
        expect(await read('keys')).toBeNull()
        await store.users.writeState('keys', 'one')
        await store.users.writeState('keys', '{"two":2}')
        await store.users.writeState('feed', '7')
        expect([await read('keys'), await read('feed'), await read('other')]).toEqual([
          '{"two":2}',
          '7',
          null,
        ])
      })

      it('accepts long and empty values', async () => {
        const long = 'é'.repeat(100_000)
        await store.users.writeState('keys', long)
        expect(await read('keys')).toBe(long)
        await store.users.writeState('keys', '')
        expect(await read('keys')).toBe('')
      })

      it('accepts many simultaneous writes', async () => {
        const values = Array.from({ length: 20 }, (_, index) => String(index))
        await Promise.all(values.map(async (value) => store.users.writeState('feed', value)))
        expect(values).toContain(await read('feed'))
      })
    })

    describe('for the row', () => {
      const rows = async () => (store.rows ? await store.rows() : [])
      const provisionings = [
        ['create', sync],
        ['existing', syncExisting],
      ] as const

      for (const [provisioning, arrive] of provisionings) {
        const check = async (expected: Partial<StoredRow>) => {
          if (store.rows) expect(await rows()).toMatchObject([expected])
        }

        it(`applies a newer token's data (${provisioning})`, async () => {
          await store.users.register(ADA)
          await arrive()
          const changed = {
            email: 'countess@example.com',
            firstName: 'Augusta Ada',
            lastName: 'King',
            isStaff: true,
            isSuperuser: true,
            issuedAt: 1_001,
          }
          await arrive(changed)
          await check({ uuid: ADA, isActive: true, ...changed })
        })

        it(`ignores an older token (${provisioning})`, async () => {
          await store.users.register(ADA)
          await arrive({ issuedAt: 2_000, isStaff: true })
          expect(await arrive({ issuedAt: 1_999, isStaff: false, firstName: 'Old' })).not.toBeNull()
          await check({ isStaff: true, firstName: 'Ada', issuedAt: 2_000 })
        })

        it(`ignores another token of the same second with the same data (${provisioning})`, async () => {
          await store.users.register(ADA)
          await arrive({ firstName: 'First' })
          await arrive({ firstName: 'Second' })
          await check({ firstName: 'First' })
        })

        it(`prefers the higher version of the same second (${provisioning})`, async () => {
          await store.users.register(ADA)
          await arrive({ version: 7, firstName: 'Seven' })
          await arrive({ version: 8, firstName: 'Eight' })
          await check({ firstName: 'Eight', issuedAt: 1_000, version: 8 })
          expect(await arrive({ version: 7, firstName: 'Seven' })).not.toBeNull()
          await check({ firstName: 'Eight', version: 8 })
          await arrive({ version: 7, firstName: 'Seven', issuedAt: 1_030 })
          await check({ firstName: 'Eight', issuedAt: 1_000, version: 8 })
        })

        it(`prefers a token with a version to one without that is dated ahead (${provisioning})`, async () => {
          await store.users.register(ADA)
          await arrive({ version: 0, issuedAt: 1_400, firstName: 'Ahead' })
          await arrive({ version: 1, issuedAt: 1_000, firstName: 'Now' })
          await arrive({ version: 0, issuedAt: 1_500, firstName: 'Ahead' })
          await check({ firstName: 'Now', issuedAt: 1_000, version: 1 })
        })

        it(`applies a token with a lower version that is hours younger, as after a restored backup (${provisioning})`, async () => {
          await store.users.register(ADA)
          await arrive({ version: 9, firstName: 'Lost' })
          await arrive({ version: 5, issuedAt: 8_200, firstName: 'Too early' })
          await check({ firstName: 'Lost', version: 9 })
          await arrive({ version: 5, issuedAt: 8_201, firstName: 'Restored' })
          await check({ firstName: 'Restored', issuedAt: 8_201, version: 5 })
        })

        it(`remembers the newest token even if it changed nothing (${provisioning})`, async () => {
          await store.users.register(ADA)
          await arrive({ isStaff: false, issuedAt: 1_000 })
          await arrive({ isStaff: false, issuedAt: 3_000 })
          await arrive({ isStaff: true, issuedAt: 2_000 })
          await check({ isStaff: false, issuedAt: 3_000 })
        })
      }

      it("ends with the newest token's data for any order of many tokens", async () => {
        const order = Array.from({ length: 60 }, (_, index) => (index * 37) % 60)
        await Promise.all(
          order.map((at) =>
            sync({
              issuedAt: 1_000 + at,
              firstName: `Name ${at}`,
              isStaff: at % 2 === 1,
              isSuperuser: at === 59,
            }),
          ),
        )
        if (store.rows) {
          expect(await rows()).toMatchObject([
            { firstName: 'Name 59', isStaff: true, isSuperuser: true, issuedAt: 1_059 },
          ])
        }
      })

      it('stores every naughty string unchanged', async () => {
        const people = naughtyStrings.map((text, index) =>
          identity({
            uuid: `8d0b9a4c-1f6e-4a3e-9a55-${index.toString(16).padStart(12, '0')}`,
            email: text,
            firstName: text,
            lastName: text,
          }),
        )
        for (const person of people) expect(await store.users.sync(person, 'create')).not.toBeNull()
        if (!store.rows) return
        const stored = (await rows()).map(({ email, firstName, lastName }) => [email, firstName, lastName])
        expect(stored).toEqual(naughtyStrings.map((text) => [text, text, text]))
      })

      it('stores U+FFFD instead of U+0000, which some databases cannot store', async () => {
        await sync({ firstName: 'A\0da', lastName: '\0' })
        if (store.rows) expect(await rows()).toMatchObject([{ firstName: 'A\uFFFDda', lastName: '\uFFFD' }])
      })

      it('stores U+FFFD instead of half a surrogate pair, which no encoding can store', async () => {
        await sync({ firstName: 'A\uD800da' })
        if (store.rows) expect(await rows()).toMatchObject([{ firstName: 'A\uFFFDda' }])
      })
    })
  })
}
