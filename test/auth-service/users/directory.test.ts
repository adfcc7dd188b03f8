import { eq, lte } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { USERS_PAGE as PAGE } from '../../../auth-service/src/platform/database/pagination.ts'
import type { Service } from '../../../auth-service/src/service.ts'
import {
  createDirectory,
  MOST_LOOKED_AT,
  type PeopleQuery,
} from '../../../auth-service/src/users/directory.ts'
import { seedPeople } from '../../../scripts/seed-people.ts'
import { onBothDatabases } from '../support/services.ts'

const FIRST = { search: '', filter: '', order: 'newest', after: null } as const

async function add(service: Service, email: string, firstName = '', lastName = '', flags = {}) {
  const created = await service.users.create({ email, password: '!', firstName, lastName, ...flags })
  if (!created.ok) throw new Error(`${email} already exists.`)
  return created.value
}

const ask = async (service: Service, query: Partial<PeopleQuery>) => {
  const { people, next } = await createDirectory(service.database).list({ ...FIRST, ...query })
  return { emails: people.map(({ email }) => email), next }
}

const find = async (service: Service, search: string) => (await ask(service, { search })).emails

/** Every page from the first. */
async function readAll(service: Service, query: Partial<PeopleQuery>) {
  const pages: string[][] = []
  for (let after: string | null = null; ; ) {
    const { emails, next } = await ask(service, { ...query, after })
    pages.push(emails)
    if (next === null) return pages
    after = next
  }
}

onBothDatabases('The directory', (open) => {
  describe('finds', () => {
    it('a part of an address or a name, in any case, newest first', async () => {
      const service = await open()
      await add(service, 'ada@example.com', 'Ada', 'Lovelace')
      await add(service, 'grace@navy.example', 'Grace', 'Hopper')
      await add(service, 'Byron@Example.com', 'Annabella', "O'Lovett")
      expect(await find(service, 'LOVE')).toEqual(['Byron@Example.com', 'ada@example.com'])
      expect(await find(service, 'navy.ex')).toEqual(['grace@navy.example'])
      expect(await find(service, '@example.com')).toEqual(['Byron@Example.com', 'ada@example.com'])
      expect(await find(service, 'byron@ex')).toEqual(['Byron@Example.com'])
      expect(await find(service, 'nobody')).toEqual([])
    })

    it('all words, in any position', async () => {
      const service = await open()
      await add(service, 'ada@example.com', 'Ada', 'Lovelace')
      await add(service, 'ada@navy.example', 'Ada', 'Hopper')
      expect(await find(service, '  hopper ada ')).toEqual(['ada@navy.example'])
      expect(await find(service, 'lovelace hopper')).toEqual([])
    })

    it('the beginning of an address or a name with less than three characters', async () => {
      const service = await open()
      await add(service, 'lin@example.com', '明', '李')
      await add(service, 'ada@example.com', 'Ada', 'Lovelace')
      expect(await find(service, 'l')).toEqual(['ada@example.com', 'lin@example.com'])
      expect(await find(service, 'LO')).toEqual(['ada@example.com'])
      expect(await find(service, 'ce')).toEqual([])
      expect(await find(service, '李')).toEqual(['lin@example.com'])
    })

    it('letters beyond ASCII, in any case', async () => {
      const service = await open()
      await add(service, 'ueli@example.com', 'Ölçer', 'Brüggemann')
      for (const search of ['BRÜGGE', 'brügge', 'ölçer', 'Ölçer', 'ö']) {
        expect(await find(service, search), search).toEqual(['ueli@example.com'])
      }
    })

    it.each([
      '%',
      '_',
      'a%a',
      'a_a',
      '"',
      '""',
      '" OR "a',
      '*',
      'ad*',
      '\\',
      '-',
      '()',
      'NOT',
      'AND ada',
      '^ada',
      'ada:',
    ])('no users by %s, which is no pattern and no operator', async (search) => {
      const service = await open()
      await add(service, 'ada@example.com', 'Ada', 'Lovelace')
      expect(await find(service, search)).toEqual([])
    })

    it('changed users by their new name only, and no deleted users', async () => {
      const service = await open()
      const { uuid } = await add(service, 'ada@example.com', 'Ada', 'Byron')
      await service.users.update(uuid, { lastName: 'Lovelace', email: 'ada@navy.example' })
      expect(await find(service, 'byron')).toEqual([])
      expect(await find(service, 'lovelace')).toEqual(['ada@navy.example'])
      expect(await find(service, 'example.com')).toEqual([])
      await service.users.remove(uuid)
      expect(await find(service, 'lovelace')).toEqual([])
    })
  })

  it('filters', async () => {
    const service = await open()
    await add(service, 'person@example.com')
    await add(service, 'off@example.com', '', '', { isActive: false })
    await add(service, 'staff@example.com', '', '', { isStaff: true })
    await add(service, 'super@example.com', '', '', { isSuperuser: true })
    for (const search of ['', 'example']) {
      const ofFilter = async (filter: PeopleQuery['filter']) =>
        (await ask(service, { filter, search })).emails
      expect(await ofFilter('active')).toEqual([
        'super@example.com',
        'staff@example.com',
        'person@example.com',
      ])
      expect(await ofFilter('inactive')).toEqual(['off@example.com'])
      expect(await ofFilter('staff')).toEqual(['staff@example.com'])
      expect(await ofFilter('superuser')).toEqual(['super@example.com'])
      expect(await ofFilter('unverified')).toHaveLength(4)
    }
  })

  it('continues through thousands of matches until a user passes the filter or a limit is reached', async () => {
    const service = await open()
    const { db, users } = service.database
    await seedPeople(service.database, { people: MOST_LOOKED_AT + 2500, now: 1_800_000_000 })
    const wanted = { search: 'example', filter: 'superuser' } as const
    await db.update(users).set({ isSuperuser: false })
    await db.update(users).set({ isSuperuser: true }).where(lte(users.id, 2))
    const first = await ask(service, wanted)
    expect(first).toEqual({ emails: [], next: '2501' })
    const second = await ask(service, { ...wanted, after: first.next })
    expect(second.emails).toHaveLength(2)
    expect(second.next).toBeNull()
    await db
      .update(users)
      .set({ isSuperuser: true })
      .where(eq(users.id, 2500 + 1))
    expect(await ask(service, wanted)).toMatchObject({ emails: [expect.any(String)], next: '2501' })
  })

  it.each([
    { order: 'newest' },
    { order: 'email' },
    { order: 'newest', search: 'exam' },
    { order: 'newest', search: 'exam', filter: 'active' },
    { order: 'email', filter: 'unverified' },
  ] as const)('lists every user once, page by page: %o', async (query) => {
    const service = await open()
    const emails = Array.from({ length: 2 * PAGE }, (_, i) => `p${(i * 37) % 100}@example.com`)
    for (const email of emails) await add(service, email)
    const pages = await readAll(service, query)
    expect(pages.map((page) => page.length)).toEqual([PAGE, PAGE])
    expect(pages.flat()).toEqual(query.order === 'email' ? [...emails].sort() : [...emails].reverse())
  })

  it.each(['x', '-1', '1e3', '99999999999999999999', "'"])('rejects the start %s', async (after) => {
    const service = await open()
    await add(service, 'ada@example.com', 'Ada')
    expect(await ask(service, { after })).toEqual({ emails: [], next: null })
    expect(await ask(service, { after, search: 'ada' })).toEqual({ emails: [], next: null })
  })
})
