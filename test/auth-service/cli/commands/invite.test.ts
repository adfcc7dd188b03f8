import { expect, it } from 'vitest'
import { INVITATION_TTL } from '../../../../auth-service/src/accounts/invitations.ts'
import { NOW } from '../../../support/tokens.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { mailsOf } from '../../support/mails.ts'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../../support/services.ts'

const latchkey = useLatchkey()
const PASSWORD = 'a long walk by the sea'
const UNTIL = new Date((NOW + INVITATION_TTL) * 1000).toISOString().replace('.000', '')

onBothDatabases('latchkey invite', (open) => {
  const beside =
    ({ config }: TestService, env = {}) =>
    (...args: string[]) =>
      latchkey(['invite', ...args], {
        env: { DATABASE_URL: config.databaseUrl, REGISTRATION: 'invite', ...env },
      })

  /** Registers with a link; returns the user or the problem. */
  async function accept(service: TestService, link: string, email: string) {
    const invitation = new URL(link).searchParams.get('invitation')
    const result = await service.accounts.register({ email, password: PASSWORD, invitation }, DEVICE)
    return result.ok ? service.users.findByEmail(email) : result.errors
  }

  it('prints a link with which anyone can register, once', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const { code, out, err } = await beside(service)()
    expect([code, err]).toEqual([0, ''])
    const [words, link = ''] = out.split('\n')
    expect(words).toBe(`The first person to open this link can register, until ${UNTIL}:`)
    expect(await accept(service, link, 'ada@example.com')).toMatchObject({
      isStaff: false,
      emailVerifiedAt: null,
    })
    expect(await accept(service, link, 'bob@example.com')).toHaveProperty('form')
    expect(await mailsOf(service)).toHaveLength(1)
  })

  it('emails a link to an address, keeps it from everyone else, and says that the email is queued', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const { code, out, err } = await beside(service)('ada@example.com', '--staff')
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(
      `Invited ada@example.com until ${UNTIL}. SMTP_URL is not set, so the email was stored and not sent.`,
    )
    expect((await mailsOf(service)).map(({ to }) => to)).toEqual(['ada@example.com'])
    const [link = ''] = (await mailsOf(service))[0]?.text.match(/https?:\/\/\S+invitation=\S+/) ?? []
    expect(await accept(service, link, 'ada@example.com')).toMatchObject({
      isStaff: true,
      emailVerifiedAt: NOW,
    })
  })

  it('prints JSON for programs, with the link if it was not emailed', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const anybody = JSON.parse((await beside(service)('--json')).out)
    expect(anybody).toEqual({
      id: expect.any(Number),
      email: null,
      expires_at: NOW + INVITATION_TTL,
      link: expect.stringContaining('/register?invitation='),
    })
    const mailed = JSON.parse((await beside(service)('ada@example.com', '--json')).out)
    expect(mailed).toMatchObject({ email: 'ada@example.com', link: null })
  })

  it('appears in the audit log as an action of the operator', async () => {
    const service = await open({ config: { registration: 'invite' } })
    await beside(service)('ada@example.com', '--staff')
    const { db, auditLog } = service.database
    expect(await db.select().from(auditLog)).toEqual([
      expect.objectContaining({ event: 'invited', actor: null, subject: null }),
    ])
  })

  it.each([
    ['an invalid address', ['ada'], /address/i],
    ['the address of an existing user', ['bob@example.com'], /already/],
  ])('rejects %s with an explanation', async (_, args, words) => {
    const service = await open({ config: { registration: 'invite' } })
    await addUser(service, 'bob@example.com')
    const { code, out, err } = await beside(service)(...args)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(words)
    expect(await mailsOf(service)).toEqual([])
  })

  it('only prints links when email is off, and says why', async () => {
    const service = await open()
    const nowhere = { AUTH_URL: 'http://auth.family.example', COOKIE_DOMAIN: 'family.example' }
    const { code, err } = await beside(service, nowhere)('ada@example.com')
    expect([code, err]).toEqual([1, expect.stringContaining('or set SMTP_URL.')])
    expect((await beside(service, nowhere)()).out).toContain(
      'http://auth.family.example/register?invitation=',
    )
  })

  it('lets a user register while registration is closed', async () => {
    const service = await open({ config: { registration: 'closed' } })
    const { code, out } = await beside(service, { REGISTRATION: 'closed' })()
    const [, link = ''] = out.split('\n')
    expect(code).toBe(0)
    expect(await accept(service, link, 'ada@example.com')).toMatchObject({ email: 'ada@example.com' })
  })

  it.each([
    [['a@example.com', 'b@example.com'], 'It takes 0 to 1 operands, but there are 2.'],
    [['--admin'], "Unknown option '--admin'"],
  ])('rejects %j and shows the usage', async (args, problem) => {
    const { code, out, err } = await latchkey(['invite', ...args])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(problem)
    expect(err).toContain('Usage: latchkey invite [EMAIL] [--staff] [--json]')
  })
})
