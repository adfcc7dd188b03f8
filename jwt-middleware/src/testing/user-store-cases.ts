import assert from 'node:assert/strict'
import type { Identity, LocalUser, Provisioning, UserStore, UserSync } from '../users/store.ts'

/** The columns of a row that follow the token. `issuedAt` and `version` are compared if they are there. */
export type StoredUser = Pick<
  Identity,
  'uuid' | 'email' | 'firstName' | 'lastName' | 'isStaff' | 'isSuperuser'
> &
  Partial<Pick<Identity, 'issuedAt' | 'version'>>

/** An empty store, and how a test reads it. */
export interface StoreUnderTest {
  readonly users: UserSync & Partial<UserStore>
  /** All rows by id, read from the database itself. Without it, the cases check only what the store answers. */
  readonly rows?: (() => Promise<readonly StoredUser[]> | readonly StoredUser[]) | undefined
  /** Deletes the row of this uuid, as the app does when it deletes a user. */
  readonly remove?: ((uuid: string) => unknown) | undefined
  readonly close?: (() => unknown) | undefined
}

/** What there is beside `sync`; `states` are `readState` and `writeState`, `remove` is of {@link StoreUnderTest}. */
export type StoreAbility = 'register' | 'setActive' | 'states' | 'remove'

/** One case, for any test runner: `for (const { name, run } of userStoreCases(open)) test(name, run)`. */
export interface StoreCase {
  readonly name: string
  /** Rejects with an AssertionError if the store does something else. */
  run(): Promise<void>
}

/**
 * What the middleware expects of a store of local users. `open` returns an empty one each time. Cases for what a store
 * need not have run for the abilities that you name.
 */
export function userStoreCases(
  open: () => Promise<StoreUnderTest> | StoreUnderTest,
  abilities: readonly StoreAbility[] = [],
): StoreCase[] {
  return CASES.filter(([, , ability]) => ability === undefined || abilities.includes(ability)).map(
    ([name, check]) => ({
      name,
      async run() {
        const store = await open()
        try {
          await check(actions(store))
        } finally {
          await store.close?.()
        }
      },
    }),
  )
}

const ADA = '8d0b9a4c-1f6e-4a3e-9a55-2f3b1c7f6e01'
const BOB = '8d0b9a4c-1f6e-4a3e-9a55-2f3b1c7f6e02'

type Changes = Partial<Identity>

/** The store, called with Ada's token and what differs in it. */
function actions({ users, rows, remove }: StoreUnderTest) {
  const sync = async (changes: Changes = {}, provisioning: Provisioning = 'create') =>
    users.sync({ ...ADAS_TOKEN, ...changes }, provisioning)
  return {
    ...(users as Required<UserStore>),
    remove: async (uuid: string) => remove?.(uuid),
    trySync: sync,
    /** Signs in, and must get a local user. */
    async arrive(changes?: Changes, provisioning?: Provisioning): Promise<LocalUser> {
      const local = await sync(changes, provisioning)
      assert.ok(local, 'sync returned no user')
      assert.equal(typeof local.id, 'number')
      return local
    },
    /** Compares the stored rows with what is expected of each. */
    async expectRows(...expected: Changes[]): Promise<void> {
      if (!rows) return
      const stored = await rows()
      assert.equal(stored.length, expected.length, 'number of rows')
      for (const [index, wanted] of expected.entries()) {
        const row = stored[index] as Record<string, unknown>
        for (const [column, value] of Object.entries(wanted)) {
          const isOptional = column === 'issuedAt' || column === 'version'
          if (!isOptional || column in row) assert.deepEqual(row[column], value, column)
        }
      }
    },
  }
}

const ADAS_TOKEN: Identity = {
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
}

type Actions = ReturnType<typeof actions>
type Case = readonly [name: string, check: (store: Actions) => Promise<void>, ability?: StoreAbility]

const CHANGED = {
  email: 'countess@example.com',
  firstName: 'Augusta Ada',
  lastName: 'King',
  isStaff: true,
  isSuperuser: true,
  issuedAt: 1_001,
}

const NAMES = [
  'Zoë Ångström',
  '李小龍',
  'محمد',
  "O'Brien; DROP TABLE users",
  '👩‍👩‍👧',
  'e\u0301',
  '"\\%_',
  ' ',
]

/** What a token does to the row, whether or not it may create one. */
const updates = (provisioning: Provisioning): Case[] => {
  const arrive = (store: Actions, changes: Changes) => store.arrive(changes, provisioning)
  return [
    [
      `applies a newer token's data (${provisioning})`,
      async (store) => {
        await store.arrive()
        await arrive(store, CHANGED)
        await store.expectRows({ uuid: ADA, ...CHANGED })
      },
    ],
    [
      `ignores an older token (${provisioning})`,
      async (store) => {
        await store.arrive({ issuedAt: 2_000, isStaff: true })
        await arrive(store, { issuedAt: 1_999, isStaff: false, firstName: 'Old' })
        await store.expectRows({ isStaff: true, firstName: 'Ada', issuedAt: 2_000 })
      },
    ],
    [
      `ignores another token of the same second and version (${provisioning})`,
      async (store) => {
        await store.arrive({ firstName: 'First' })
        await arrive(store, { firstName: 'Second' })
        await store.expectRows({ firstName: 'First' })
      },
    ],
    [
      `prefers the higher version of the same second (${provisioning})`,
      async (store) => {
        await store.arrive({ version: 7, firstName: 'Seven' })
        await arrive(store, { version: 8, firstName: 'Eight' })
        await store.expectRows({ firstName: 'Eight', issuedAt: 1_000, version: 8 })
        await arrive(store, { version: 7, firstName: 'Seven' })
        await arrive(store, { version: 7, firstName: 'Seven', issuedAt: 1_030 })
        await store.expectRows({ firstName: 'Eight', issuedAt: 1_000, version: 8 })
      },
    ],
    [
      `prefers a token with a version to one without that is dated ahead (${provisioning})`,
      async (store) => {
        await store.arrive({ version: 0, issuedAt: 1_400, firstName: 'Ahead' })
        await arrive(store, { version: 1, issuedAt: 1_000, firstName: 'Now' })
        await arrive(store, { version: 0, issuedAt: 1_500, firstName: 'Ahead' })
        await store.expectRows({ firstName: 'Now', issuedAt: 1_000, version: 1 })
      },
    ],
    [
      `applies a lower version that is more than two hours younger, as after a restored backup (${provisioning})`,
      async (store) => {
        await store.arrive({ version: 9, firstName: 'Lost' })
        await arrive(store, { version: 5, issuedAt: 8_200, firstName: 'Too early' })
        await store.expectRows({ firstName: 'Lost', version: 9 })
        await arrive(store, { version: 5, issuedAt: 8_201, firstName: 'Restored' })
        await store.expectRows({ firstName: 'Restored', issuedAt: 8_201, version: 5 })
      },
    ],
    [
      `remembers the newest token even if it changed nothing (${provisioning})`,
      async (store) => {
        await store.arrive({ isStaff: false, issuedAt: 1_000 })
        await arrive(store, { isStaff: false, issuedAt: 3_000 })
        await arrive(store, { isStaff: true, issuedAt: 2_000 })
        await store.expectRows({ isStaff: false, issuedAt: 3_000 })
      },
    ],
  ]
}

const CASES: readonly Case[] = [
  [
    'creates a row for a new user, and keeps it',
    async ({ arrive }) => {
      const first = await arrive()
      assert.equal(first.isActive, true)
      assert.notEqual((await arrive({ uuid: BOB })).id, first.id)
      for (const issuedAt of [2_000, 2_000, 500]) {
        const again = await arrive({ issuedAt })
        assert.equal(again.id, first.id)
        assert.equal(again.isActive, true)
      }
    },
  ],
  [
    'creates one row for a hundred simultaneous first visits',
    async ({ arrive, expectRows }) => {
      const visits = Array.from({ length: 100 }, (_, index) => arrive({ issuedAt: 1_000 + (index % 7) }))
      assert.equal(new Set((await Promise.all(visits)).map(({ id }) => id)).size, 1)
      await expectRows({ uuid: ADA, issuedAt: 1_006 })
    },
  ],
  [
    'creates a row for each of many users who arrive together',
    async ({ arrive }) => {
      const uuids = Array.from({ length: 20 }, (_, index) => `${ADA.slice(0, -2)}${10 + index}`)
      const ids = await Promise.all([...uuids, ...uuids].map(async (uuid) => (await arrive({ uuid })).id))
      assert.equal(new Set(ids).size, 20)
    },
  ],
  [
    'keeps two users apart who have had the same email',
    async ({ arrive, expectRows }) => {
      const first = await arrive()
      const second = await arrive({ uuid: BOB })
      assert.notEqual(second.id, first.id)
      await arrive({ email: 'new@example.com', issuedAt: 2_000 })
      await expectRows({ uuid: ADA, email: 'new@example.com' }, { uuid: BOB, email: 'ada@example.com' })
    },
  ],
  [
    'returns null for a user without a row if users must be registered beforehand',
    async ({ trySync, expectRows }) => {
      for (const issuedAt of [1_000, 2_000]) assert.equal(await trySync({ issuedAt }, 'existing'), null)
      await expectRows()
    },
  ],
  ...updates('create'),
  ...updates('existing'),
  [
    "ends with the newest token's data for any order of many tokens",
    async ({ arrive, expectRows }) => {
      const order = Array.from({ length: 60 }, (_, index) => (index * 37) % 60)
      await Promise.all(
        order.map((at) =>
          arrive({
            issuedAt: 1_000 + at,
            firstName: `Name ${at}`,
            isStaff: at % 2 === 1,
            isSuperuser: at === 59,
          }),
        ),
      )
      await expectRows({ firstName: 'Name 59', isStaff: true, isSuperuser: true, issuedAt: 1_059 })
    },
  ],
  [
    'stores names and emails in any script unchanged',
    async ({ arrive, expectRows }) => {
      const people = NAMES.map((name, index) => ({
        uuid: `${ADA.slice(0, -2)}${10 + index}`,
        email: `${name}@example.com`,
        firstName: name,
        lastName: name.repeat(10),
      }))
      for (const person of people) await arrive(person)
      await expectRows(...people)
    },
  ],
  [
    'creates a new row, with another id, for a user whose row was deleted',
    async ({ arrive, remove, expectRows }) => {
      const { id } = await arrive({ version: 9, issuedAt: 2_000 })
      await remove(ADA)
      await expectRows()
      assert.notEqual((await arrive({ version: 3, issuedAt: 1_500 })).id, id)
      await expectRows({ uuid: ADA, version: 3 })
    },
    'remove',
  ],
  [
    'accepts every token of a registered user',
    async ({ arrive, register }) => {
      const { id, isActive } = await register(ADA)
      assert.equal(isActive, true)
      for (const issuedAt of [0, 1_000, 500]) assert.equal((await arrive({ issuedAt }, 'existing')).id, id)
    },
    'register',
  ],
  [
    'keeps one row for a user who is registered twice, or after the first visit',
    async ({ arrive, register, expectRows }) => {
      const { id } = await register(ADA)
      assert.equal((await register(ADA)).id, id)
      const visitor = await arrive({ uuid: BOB, firstName: 'Bob' })
      assert.equal((await register(BOB)).id, visitor.id)
      await expectRows({ uuid: ADA, firstName: '' }, { uuid: BOB, firstName: 'Bob' })
    },
    'register',
  ],
  [
    'reports a disabled user as inactive until they are enabled again',
    async ({ arrive, setActive }) => {
      await arrive()
      await arrive({ uuid: BOB })
      assert.equal(await setActive(ADA, false), true)
      for (const issuedAt of [1_000, 2_000]) assert.equal((await arrive({ issuedAt })).isActive, false)
      assert.equal((await arrive({ issuedAt: 3_000 }, 'existing')).isActive, false)
      assert.equal((await arrive({ uuid: BOB, issuedAt: 2_000 })).isActive, true)
      assert.equal(await setActive(ADA, true), true)
      assert.equal((await arrive({ issuedAt: 4_000 })).isActive, true)
    },
    'setActive',
  ],
  [
    'reports that there is no such user to disable',
    async ({ setActive }) => {
      assert.equal(await setActive(BOB, false), false)
      assert.equal(await setActive('not a uuid', false), false)
    },
    'setActive',
  ],
  [
    'keeps the last state of each name',
    async ({ readState, writeState }) => {
      assert.equal(await readState('keys'), null)
      const long = 'é'.repeat(100_000)
      for (const value of ['one', '{"two":2}', long, '']) {
        await writeState('keys', value)
        assert.equal(await readState('keys'), value)
      }
      await writeState('feed', '7')
      assert.deepEqual(
        [await readState('keys'), await readState('feed'), await readState('other')],
        ['', '7', null],
      )
    },
    'states',
  ],
  [
    'accepts many simultaneous writes of one state',
    async ({ readState, writeState }) => {
      const values = Array.from({ length: 20 }, (_, index) => String(index))
      await Promise.all(values.map(async (value) => writeState('feed', value)))
      assert.ok(values.includes(String(await readState('feed'))))
    },
    'states',
  ],
]
