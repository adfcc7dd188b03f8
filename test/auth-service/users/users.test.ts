import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { canonicalEmail } from '../../../auth-service/src/platform/validation/email-address.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'
import { NOW } from '../../support/tokens.ts'
import { addUser, onBothDatabases } from '../support/services.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

onBothDatabases('Users', (open) => {
  it('are active and without rights by default', async () => {
    const { users } = await open()
    const created = await users.create({ email: 'ada@example.com', password: '!' })
    expect(created).toEqual({
      ok: true,
      value: {
        id: expect.any(Number),
        uuid: expect.stringMatching(UUID),
        email: 'ada@example.com',
        firstName: '',
        lastName: '',
        password: '!',
        isActive: true,
        isStaff: false,
        isSuperuser: false,
        createdAt: NOW,
        changedAt: NOW - 1,
        version: NOW,
        lastLoginAt: null,
        emailVerifiedAt: null,
        deletionDueAt: null,
        unconfirmedSince: null,
        language: null,
        timeZone: null,
        groups: [],
      },
    })
  })

  it('are created with the given flags', async () => {
    const { users } = await open()
    const flags = { isActive: false, isStaff: true, isSuperuser: true }
    const created = await users.create({ email: 'root@example.com', password: '!', ...flags })
    expect(created).toMatchObject({ ok: true, value: flags })
  })

  it('are found by id, uuid and email only', async () => {
    const service = await open()
    const { users } = service
    const ada = await addUser(service)
    await addUser(service, 'bob@example.com')
    expect(await users.findById(ada.id)).toEqual(ada)
    expect(await users.findByUuid(ada.uuid)).toEqual(ada)
    expect(await users.findByEmail('ada@example.com')).toEqual(ada)
    expect(await users.findById(ada.id + 100)).toBeNull()
    expect(await users.findByUuid('00000000-0000-4000-8000-000000000000')).toBeNull()
    expect(await users.findByEmail('nobody@example.com')).toBeNull()
  })

  it('are found by their email in any case and form, and keep the original spelling', async () => {
    const service = await open()
    const typed = 'Zo\u00EB@Example.COM'
    const zoe = await addUser(service, typed)
    expect(zoe.email).toBe(typed)
    for (const other of ['zoe\u0308@example.com', 'ZO\u00CB@EXAMPLE.com', 'zo\u00EB@example.com']) {
      expect(await service.users.findByEmail(other)).toEqual(zoe)
      expect(await service.users.create({ email: other, password: '!' })).toEqual({
        ok: false,
        reason: 'email_taken',
      })
    }
  })

  it('exist once when many registrations use one email at once', async () => {
    const { users } = await open()
    const spellings = ['ada@example.com', 'ADA@example.com', 'Ada@Example.com']
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        users.create({ email: spellings[index % 3] as string, password: '!' }),
      ),
    )
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('change only the given properties', async () => {
    const service = await open()
    const ada = await addUser(service)
    service.wait(60)
    const updated = await service.administration.change(
      ada.uuid,
      { isStaff: true, lastName: 'King' },
      OPERATOR,
    )
    const expected = { ...ada, isStaff: true, lastName: 'King', changedAt: NOW + 60, version: NOW + 60 }
    expect(updated).toEqual({ ok: true, value: expected })
    expect(await service.users.findById(ada.id)).toEqual(expected)
  })

  it('get a higher version with every change, even within one second', async () => {
    const service = await open()
    const ada = await addUser(service)
    const seen: number[][] = []
    for (const isStaff of [true, false, true]) {
      const updated = await service.administration.change(ada.uuid, { isStaff }, OPERATOR)
      if (updated.ok) seen.push([updated.value.version - ada.version, updated.value.changedAt])
    }
    expect(seen).toEqual([1, 2, 3].map((version) => [version, NOW]))
  })

  it('have a version that follows the clock, so that it still grows after a backup is restored', async () => {
    const service = await open()
    const ada = await addUser(service)
    service.wait(3_600)
    const updated = await service.administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    expect(updated).toMatchObject({ ok: true, value: { version: NOW + 3_600 } })
  })

  it('can get another email unless it is taken', async () => {
    const service = await open()
    const { users } = service
    const ada = await addUser(service)
    await addUser(service, 'bob@example.com')
    expect(await users.update(ada.uuid, { email: 'BOB@example.com' })).toEqual({
      ok: false,
      reason: 'email_taken',
    })
    expect(await users.findById(ada.id)).toEqual(ada)
    expect(await users.update(ada.uuid, { email: 'Countess@example.com' })).toMatchObject({ ok: true })
    expect(await users.findByEmail('countess@example.com')).toMatchObject({ id: ada.id })
    expect(await users.findByEmail('ada@example.com')).toBeNull()
  })

  it('can change the spelling of their own email', async () => {
    const service = await open()
    const ada = await addUser(service)
    expect(await service.users.update(ada.uuid, { email: 'Ada@Example.com' })).toMatchObject({
      ok: true,
      value: { email: 'Ada@Example.com' },
    })
  })

  it('cannot be changed if they do not exist', async () => {
    const { users } = await open()
    expect(await users.update('00000000-0000-4000-8000-000000000000', { firstName: 'Ada' })).toEqual({
      ok: false,
      reason: 'not_found',
    })
  })

  it('record their last sign-in without telling apps', async () => {
    const service = await open()
    const ada = await addUser(service)
    service.wait(5)
    await service.users.noteLogin(ada.id)
    expect(await service.users.findById(ada.id)).toEqual({ ...ada, lastLoginAt: NOW + 5 })
  })

  it('have the language they chose or last signed in with, if known', async () => {
    const service = await open()
    const ada = await addUser(service)
    const language = async () => (await service.users.findById(ada.id))?.language
    await service.users.noteLogin(ada.id, 'de')
    expect(await language()).toBe('de')
    await service.users.noteLogin(ada.id)
    expect(await language()).toBe('de')
    await service.users.noteLanguage(ada.id, 'en')
    expect(await language()).toBe('en')
  })

  it('have the time zone of their last sign-in or choice of language, if known', async () => {
    const service = await open()
    const ada = await addUser(service)
    const zone = async () => (await service.users.findById(ada.id))?.timeZone
    expect(await zone()).toBe(null)
    await service.users.noteLogin(ada.id, 'de', 'Europe/Berlin')
    await service.users.noteLogin(ada.id, 'de')
    await service.users.noteLanguage(ada.id, 'en')
    expect(await zone()).toBe('Europe/Berlin')
    await service.users.noteLanguage(ada.id, 'en', 'Asia/Tokyo')
    expect(await zone()).toBe('Asia/Tokyo')
  })

  it('return unchanged with any naughty string that a database can store', async () => {
    const { users } = await open()
    for (const [index, text] of naughtyStrings.entries()) {
      if (text.includes('\0') || !text.isWellFormed()) continue
      const names = { firstName: text, lastName: text }
      const created = await users.create({ email: `${index}@example.com`, password: '!', ...names })
      expect(created).toMatchObject({ ok: true, value: names })
    }
  })
})

onBothDatabases('An account', (open) => {
  it('is found by its address in Unicode and in Punycode, in whichever it was registered', async () => {
    const { users } = await open()
    for (const [email, other] of [
      ['lena@bücher.example', 'LENA@xn--bcher-kva.example'],
      ['lena@xn--gre-6ka8i.example', 'lena@größe.example'],
    ] as const) {
      const created = await users.create({ email, password: '!' })
      if (!created.ok) throw new Error(email)
      for (const typed of [email, other, ` ${other} `]) {
        expect(await users.findByEmail(typed)).toMatchObject({ uuid: created.value.uuid })
      }
      expect(await users.create({ email: other, password: '!' })).toMatchObject({ reason: 'email_taken' })
    }
    expect(await users.findByEmail('lena@grösse.example')).toBeNull()
  })

  it('that kept a former key beside another account is found only by its own spelling', async () => {
    const service = await open()
    const { users, database } = service
    const unicode = await addUser(service, 'lena@bücher.example')
    const punycode = await addUser(service, 'other@example.com')
    const former = { email: 'lena@xn--bcher-kva.example', emailCanonical: 'lena@xn--bcher-kva.example' }
    await database.db.update(database.users).set(former).where(eq(database.users.id, punycode.id))
    expect(await users.findByEmail('lena@bücher.example')).toMatchObject({ uuid: unicode.uuid })
    expect(await users.findByEmail('Lena@xn--bcher-kva.example')).toMatchObject({ uuid: punycode.uuid })
  })
})

it('two emails are equal if they differ only in case or composition', () => {
  expect(canonicalEmail('ADA@EXAMPLE.COM')).toBe('ada@example.com')
  expect(canonicalEmail('e\u0301@x.org')).toBe(canonicalEmail('\u00C9@X.ORG'))
  // The kelvin sign is the letter K in NFC; such emails belong to one account.
  expect(canonicalEmail('\u212Aate@x.org')).toBe('kate@x.org')
  expect(canonicalEmail('\u0130@x.org')).toBe(canonicalEmail(canonicalEmail('\u0130@x.org')))
  expect(canonicalEmail('a.b+c@x.org')).not.toBe(canonicalEmail('ab@x.org'))
  expect(canonicalEmail('stra\u00DFe@x.org')).toBe(canonicalEmail('STRASSE@x.org'))
  expect(canonicalEmail('\u017Fam@x.org')).toBe('sam@x.org')
  expect(canonicalEmail('\u03C3\u03B1\u03C2@x.org')).toBe(canonicalEmail('\u03C3\u03B1\u03C3@x.org'))
  expect(canonicalEmail('\u0131@x.org'), 'a dotless i is no i').not.toBe(canonicalEmail('i@x.org'))
})
