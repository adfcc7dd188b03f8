import { expect, it } from 'vitest'
import { CLAIM_TTL, INVITATION_TTL } from '../../../auth-service/src/accounts/invitations.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { NOW } from '../../support/tokens.ts'
import { mailsOf } from '../support/mails.ts'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../support/services.ts'

const PASSWORD = 'a long walk by the sea'

async function link(service: TestService, input = {}): Promise<string> {
  const result = await service.invitations.invite(input, OPERATOR)
  if (!result.ok || result.link === null) throw new Error('There is no link.')
  return new URL(result.link).searchParams.get('invitation') ?? ''
}

/** The token in the latest email. */
async function mailed(service: TestService): Promise<string> {
  return (await mailsOf(service)).at(-1)?.text.match(/\?invitation=(\S+)/)?.[1] ?? ''
}

const events = async ({ database: { db, auditLog } }: TestService) =>
  (await db.select().from(auditLog).orderBy(auditLog.id)).map(({ event }) => event)

const register = (service: TestService, invitation: string | undefined, email: string) =>
  service.accounts.register({ email, password: PASSWORD, invitation }, DEVICE)

onBothDatabases('Invitations', (open) => {
  it('register one user per link when many try at the same moment', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const token = await link(service)
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, i) => register(service, token, `person-${i}@example.com`)),
    )
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const { db, users } = service.database
    const [person, ...others] = await db.select().from(users)
    expect(others).toEqual([])
    expect(await service.invitations.list(null)).toMatchObject({
      rows: [{ acceptedAt: NOW, acceptedBy: person?.uuid }],
    })
    expect(await events(service)).toEqual(['invited', 'invitation_accepted', 'registered'])

    // More than can be registered at once, since hashing takes time.
    const another = await link(service)
    const claims = await Promise.all(Array.from({ length: 100 }, () => service.invitations.claim(another)))
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1)
  })

  it('are emailed in the language of the inviter, or in English when sent from the command line', async () => {
    const service = await open()
    const { db, outbox } = service.database
    const german = { ...OPERATOR, device: { ...DEVICE, language: 'de' } }
    await service.invitations.invite({ email: 'ada@example.com' }, german)
    await service.invitations.invite({ email: 'bob@example.com' }, OPERATOR)
    await service.invitations.resend(2, german)
    const mails = await db.select().from(outbox).orderBy(outbox.id)
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Sie sind zu Latchkey eingeladen',
      'You are invited to Latchkey',
      'Sie sind zu Latchkey eingeladen',
    ])
  })

  it('are emailed, and confirm the address only if the user registers with the invited one', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const result = await service.invitations.invite({ email: 'Ada@example.com', is_staff: true }, OPERATOR)
    expect(result).toMatchObject({ ok: true, link: null, invitation: { email: 'Ada@example.com' } })
    const ada = await register(service, await mailed(service), 'ada@EXAMPLE.com')
    const stored = { email: 'Ada@example.com', emailVerifiedAt: NOW, isStaff: true }
    expect(ada).toMatchObject({ ok: true, value: { user: stored } })

    await service.invitations.invite({ email: 'bob@example.com' }, OPERATOR)
    const other = await register(service, await mailed(service), 'robert@example.com')
    expect(other).toMatchObject({ ok: true, value: { user: { emailVerifiedAt: null, isStaff: false } } })
  })

  it.each([
    ['mike@example.com', 'mi\u212Ae@example.com', 'mike@example.com', true],
    ['lena@bücher.example', 'Lena@xn--bcher-kva.example', 'lena@bücher.example', true],
    ['strasse@example.com', 'straße@example.com', 'straße@example.com', false],
    ['sam@example.com', '\u017Fam@example.com', '\u017Fam@example.com', false],
    ['ada@größe.example', 'ada@grösse.example', 'ada@grösse.example', false],
  ])('sent to %s and used by %s register %s, confirmed: %s', async (invited, typed, stored, confirmed) => {
    const service = await open({ config: { registration: 'invite' } })
    await service.invitations.invite({ email: invited }, OPERATOR)
    const outcome = await register(service, await mailed(service), typed)
    const user = { email: stored, emailVerifiedAt: confirmed ? NOW : null }
    expect(outcome).toMatchObject({ ok: true, value: { user } })
  })

  it('expire after seven days, when withdrawn, and when sent again with a new link', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const { invitations } = service
    const over = { ok: false, errors: { form: expect.stringContaining('older than seven days') } }
    const [first, second] = [await link(service), await link(service)]
    expect(await invitations.revoke(1, OPERATOR)).toBe(true)
    expect(await register(service, first, 'a@example.com')).toEqual(over)
    expect([await invitations.revoke(1, OPERATOR), await invitations.resend(1, OPERATOR)]).toEqual([
      false,
      null,
    ])

    await invitations.invite({ email: 'ada@example.com' }, OPERATOR)
    const before = await mailed(service)
    service.wait(INVITATION_TTL)
    expect(await register(service, second, 'b@example.com')).toEqual(over)
    await invitations.resend(3, OPERATOR)
    const after = await mailed(service)
    expect(await register(service, before, 'ada@example.com')).toEqual(over)
    service.wait(INVITATION_TTL - 1)
    expect(await register(service, after, 'ada@example.com')).toMatchObject({ ok: true })
    expect([await invitations.revoke(3, OPERATOR), await invitations.resend(3, OPERATOR)]).toEqual([
      false,
      null,
    ])
  })

  it('stay usable after a failed registration', async () => {
    const service = await open({ config: { registration: 'invite' } })
    await addUser(service)
    const token = await link(service)
    for (const email of ['ada@example.com', 'no address']) {
      expect(await register(service, token, email)).toMatchObject({
        ok: false,
        errors: { email: expect.any(String) },
      })
    }
    expect(await register(service, token, 'bob@example.com')).toMatchObject({ ok: true })
  })

  it('become usable again when two registrations for one address collide', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const tokens = [await link(service), await link(service)] as const
    const outcomes = await Promise.all(tokens.map((token) => register(service, token, 'ada@example.com')))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const { rows } = await service.invitations.list(null)
    expect(rows.filter(({ acceptedAt }) => acceptedAt === null)).toHaveLength(1)
  })

  it('become usable again five minutes after an interrupted registration', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const { invitations } = service
    const token = await link(service)
    const cutOff = await invitations.claim(token)
    service.wait(CLAIM_TTL - 1)
    expect([await invitations.find(token), await invitations.claim(token)]).toEqual([null, null])
    expect([await invitations.revoke(1, OPERATOR), await invitations.resend(1, OPERATOR)]).toEqual([
      false,
      null,
    ])
    service.wait(1)
    expect(await invitations.list(null)).toMatchObject({ rows: [{ acceptedAt: null }] })
    expect(await invitations.find(token)).toMatchObject({ acceptedAt: null })
    const claims = await Promise.all([1, 2, 3].map(() => invitations.claim(token)))
    const claimed = claims.filter((claim) => claim !== null)
    expect(claimed).toHaveLength(1)
    // An interrupted registration that finishes later must not return a claim that belongs to another by now.
    for (const claim of [cutOff, claimed[0]]) {
      expect(await invitations.find(token)).toBeNull()
      if (claim) await invitations.release(claim)
    }
    expect(await register(service, token, 'bob@example.com')).toMatchObject({ ok: true })
    service.wait(CLAIM_TTL)
    expect([await invitations.find(token), await invitations.claim(token)]).toEqual([null, null])
  })

  it('can be withdrawn or sent again once a claim on them has expired', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const { invitations } = service
    const tokens = [await link(service), await link(service)]
    for (const token of tokens) await invitations.claim(token)
    service.wait(CLAIM_TTL)
    expect(await invitations.revoke(1, OPERATOR)).toBe(true)
    const anew = await invitations.resend(2, OPERATOR)
    const another = new URL((anew?.ok && anew.link) || '').searchParams.get('invitation')
    expect(await register(service, another ?? '', 'bob@example.com')).toMatchObject({ ok: true })
  })

  it('need a valid address without an account, and a closed registration', async () => {
    const service = await open({ config: { registration: 'invite' } })
    await addUser(service)
    const invite = (input: object) => service.invitations.invite(input, OPERATOR)
    expect(await invite({ email: 'ADA@example.com' })).toMatchObject({
      errors: { email: expect.stringContaining('already exists') },
    })
    expect(await invite({ email: 5 })).toMatchObject({ ok: false, errors: { email: expect.any(String) } })
    expect(await invite({ is_staff: 'yes' })).toMatchObject({
      ok: false,
      errors: { is_staff: expect.any(String) },
    })
    expect(await events(service)).toEqual([])
  })

  it('allow one registration each when registration is closed', async () => {
    const service = await open({ config: { registration: 'closed' } })
    const token = await link(service)
    expect(await register(service, undefined, 'eve@example.com')).toMatchObject({ ok: false })
    expect(await register(service, token, 'bob@example.com')).toMatchObject({ ok: true })
    expect(await register(service, token, 'eve@example.com')).toMatchObject({ ok: false })
    expect(await service.users.findByEmail('eve@example.com')).toBeNull()
  })

  it('are stored as hashes and deleted long after they expire', async () => {
    const service = await open()
    const token = await link(service)
    const rows = await service.database.db.select().from(service.database.invitations)
    expect(Buffer.from(token, 'base64url')).toHaveLength(16)
    expect(JSON.stringify(rows)).not.toContain(token)
    service.wait(INVITATION_TTL + 90 * 86_400 - 1)
    expect(await service.invitations.deleteExpired()).toBe(0)
    service.wait(1)
    expect(await service.invitations.deleteExpired()).toBe(1)
  })
})
