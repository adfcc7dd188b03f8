import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { usersDuplicates } from '../../../../auth-service/src/cli/commands/users-duplicates.ts'
import { findDuplicateAddresses } from '../../../../auth-service/src/platform/database/data-migrations/canonical-addresses.ts'
import { NOW } from '../../../support/tokens.ts'
import {
  addUser,
  DEVICE,
  type OpenService,
  onBothDatabases,
  type TestService,
} from '../../support/services.ts'

/** As an earlier version stored them: addresses as typed, each its own key. */
async function stored(open: OpenService, emails: readonly (readonly [email: string, canonical: string])[]) {
  const service = await open()
  const { db, users, dataMigrations } = service.database
  const people = []
  for (const [i, [email, emailCanonical]] of emails.entries()) {
    const person = await addUser(service, `${i}@example.com`)
    await db.update(users).set({ email, emailCanonical }).where(eq(users.id, person.id))
    people.push(person)
  }
  await db.delete(dataMigrations)
  return { service, people }
}

const emailsOf = async ({ database: { db, users } }: TestService) =>
  (await db.select().from(users).orderBy(users.id)).map(({ email }) => email)

onBothDatabases('Addresses from before the upgrade', (open) => {
  it('appear in Unicode and are found in either spelling, while two services start at once', async () => {
    const { service, people } = await stored(open, [
      ['lena@xn--bcher-kva.example', 'lena@xn--bcher-kva.example'],
      ['Ada@größe.example', 'ada@grösse.example'],
      ['grace@xn--grsse-kua.example', 'grace@xn--grsse-kua.example'],
      ['Bob@Example.com', 'bob@example.com'],
    ])
    const [one] = await Promise.all([1, 2].map(() => open({ beside: service })))
    if (!one) throw new Error('There is no service.')
    expect(await emailsOf(service)).toEqual([
      'lena@bücher.example',
      'Ada@größe.example',
      'grace@grösse.example',
      'Bob@Example.com',
    ])
    for (const [i, spellings] of [
      ['lena@bücher.example', 'LENA@XN--BCHER-KVA.example'],
      ['ada@größe.example', 'ada@xn--gre-6ka8i.example'],
      ['grace@grösse.example'],
      ['bob@EXAMPLE.com'],
    ].entries()) {
      for (const spelling of spellings) {
        expect(await one.users.findByEmail(spelling), spelling).toMatchObject({ uuid: people[i]?.uuid })
      }
    }
    expect(await findDuplicateAddresses(service.database)).toEqual([])
    expect(await service.database.db.select().from(service.database.dataMigrations)).toHaveLength(3)
  })

  it('of two conflicting accounts stay distinct, and are reported until one is changed', async () => {
    const { service, people } = await stored(open, [
      ['lena@xn--bcher-kva.example', 'lena@xn--bcher-kva.example'],
      ['lena@bücher.example', 'lena@bücher.example'],
    ])
    const [punycode, unicode] = people
    const told = { event: 'address_of_two_accounts', person: punycode?.uuid, other: unicode?.uuid }
    for (let i = 0; i < 2; i++) {
      const next = await open({ beside: service })
      expect(next.logged).toContainEqual(expect.objectContaining(told))
      expect(JSON.stringify(next.logged)).not.toContain('lena')
      expect(await next.users.findByEmail('lena@xn--bcher-kva.example')).toMatchObject({
        uuid: punycode?.uuid,
      })
      expect(await next.users.findByEmail('lena@bücher.example')).toMatchObject({ uuid: unicode?.uuid })
    }
    expect(await emailsOf(service)).toEqual(['lena@xn--bcher-kva.example', 'lena@bücher.example'])
    const list = () => usersDuplicates.run(service, { operands: [], options: {} }, {} as never)
    expect(await list()).toMatchObject({ ok: true, value: expect.stringContaining(punycode?.uuid ?? '') })
    await service.users.update(unicode?.uuid ?? '', { email: 'other@example.com' })
    const after = await open({ beside: service })
    expect(after.logged).not.toContainEqual(expect.objectContaining({ event: told.event }))
    expect(await after.users.findByEmail('lena@bücher.example')).toMatchObject({ uuid: punycode?.uuid })
    expect(await list()).toMatchObject({ ok: true, value: 'Every account has its own address.' })
  })

  it('keep their emailed links', async () => {
    const { service, people } = await stored(open, [
      ['lena@xn--bcher-kva.example', 'lena@xn--bcher-kva.example'],
    ])
    const { token } = await service.oneTimeTokens.issue(
      'reset_password',
      people[0]?.id ?? 0,
      'lena@xn--bcher-kva.example',
    )
    const after = await open({ beside: service })
    expect(await after.passwordReset.reset(token, 'a long walk by the sea', DEVICE)).toMatchObject({
      ok: true,
    })
  })
})

onBothDatabases('Names from before the upgrade', (open) => {
  it('become NFC without invisible and direction characters, and a search finds them', async () => {
    const service = await open()
    const { db, users, dataMigrations } = service.database
    const person = await addUser(service)
    const names = { firstName: 'Jose\u0301', lastName: '\u202Enimda\u200B' }
    await db.update(users).set(names).where(eq(users.id, person.id))
    await db.delete(dataMigrations)
    const after = await open({ beside: service })
    expect(await after.users.findById(person.id)).toMatchObject({ firstName: 'José', lastName: 'nimda' })
    expect((await after.users.findById(person.id))?.version).toBeGreaterThan(person.version)
  })
})

onBothDatabases('Registrations from before the upgrade', (open) => {
  it('begin to expire if unconfirmed; no others do', async () => {
    const service = await open({ config: { emailVerification: 'required' } })
    const { db, users, dataMigrations } = service.database
    const password = 'a long walk by the sea'
    await service.accounts.register({ email: 'ada@example.com', password }, DEVICE)
    await addUser(service, 'imported@example.com')
    await db.update(users).set({ unconfirmedSince: null })
    await db.delete(dataMigrations)
    service.wait(100)
    const after = await open({ beside: service, config: { emailVerification: 'required' } })
    expect(await after.users.findByEmail('ada@example.com')).toMatchObject({ unconfirmedSince: NOW })
    expect(await after.users.findByEmail('imported@example.com')).toMatchObject({ unconfirmedSince: null })
  })
})
