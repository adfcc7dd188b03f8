import { expect, it } from 'vitest'
import { NO_COOKIES, parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { parseEmail } from '../../../auth-service/src/platform/validation/email-address.ts'
import { NOW } from '../../support/tokens.ts'
import { mailsOf } from '../support/mails.ts'
import { addUser, onBothDatabases, type TestService } from '../support/services.ts'

const EMAIL = 'ada@example.com'
const PASSWORD = 'a long walk by the sea'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const LAPTOP = { userAgent: FIREFOX, address: '192.0.2.7' }
const SUBJECT = 'New device signed in to your account'

async function told(service: TestService): Promise<string[]> {
  return (await mailsOf(service)).filter(({ subject }) => subject === SUBJECT).map(({ text }) => text)
}

const signIn = ({ accounts }: TestService, device: object = LAPTOP, password = PASSWORD) =>
  accounts.signIn({ email: EMAIL, password }, { ...LAPTOP, ...device })

/** A registered user with their browser's device cookie. */
async function register(service: TestService) {
  await service.accounts.register({ email: EMAIL, password: PASSWORD }, LAPTOP)
  return { cookies: parseCookies(await service.knownDevices.remember(parseEmail(EMAIL), NO_COOKIES)) }
}

onBothDatabases('A sign-in', (open) => {
  it('on an unknown device alerts the owner, with time and place', async () => {
    const service = await open()
    await register(service)
    expect(await told(service), 'registration').toEqual([])
    expect((await signIn(service, { address: '203.0.113.9' })).ok).toBe(true)
    const [text = '', ...others] = await told(service)
    expect(others).toEqual([])
    expect(text).toContain('When: 15 January 2027 at 08:00 UTC')
    expect(text).toContain('Device: Firefox on Linux, from 203.0.113.9')
    expect(text).toContain('If this was you, you do not need to do anything.')
    expect(text).toContain(`\n${service.config.authUrl}/password/forgot\n`)
  })

  it('on a known device sends no alert, and neither does a failed one', async () => {
    const service = await open()
    const known = await register(service)
    await signIn(service, known)
    await signIn(service, {}, 'wrong one')
    expect(await told(service)).toEqual([])
    await signIn(service, {
      cookies: parseCookies(await service.knownDevices.remember(parseEmail('bob@example.com'), NO_COOKIES)),
    })
    expect(await told(service), 'known to somebody else').toHaveLength(1)
  })

  it('sends at most one alert per hour, even for many at once', async () => {
    const service = await open()
    await register(service)
    await Promise.all([1, 2, 3].map(() => signIn(service)))
    expect(await told(service)).toHaveLength(1)
    service.wait(3599)
    await signIn(service)
    expect(await told(service)).toHaveLength(1)
    service.wait(1)
    await signIn(service)
    expect(await told(service)).toHaveLength(2)
  })

  it('sends no second alert within the hour after the first was sent, in any language', async () => {
    const service = await open()
    await register(service)
    const { db, outbox } = service.database
    // As the outbox has it once it is sent, and as an earlier version queued it.
    for (const subject of [SUBJECT, 'Neues Gerät bei Ihrem Konto angemeldet']) {
      await db.delete(outbox)
      const sent = { recipient: EMAIL, subject, text: '', createdAt: NOW, attempts: 1, sentAt: NOW }
      await db.insert(outbox).values(sent)
      await signIn(service)
      expect(await db.select().from(outbox)).toHaveLength(1)
    }
  })

  it('on the first device sends no alert, even for users who signed in elsewhere before', async () => {
    const service = await open()
    const ada = await addUser(service)
    await service.users.noteLogin(ada.id)
    await service.users.update(ada.uuid, { password: await service.passwords.hash(PASSWORD) })
    expect((await signIn(service)).ok).toBe(true)
    expect(await told(service)).toEqual([])
    expect((await signIn(service)).ok).toBe(true)
    expect(await told(service)).toHaveLength(1)
  })

  it("sends no alert to addresses that cannot exist, such as the doctor's", async () => {
    const service = await open()
    const email = 'doctor@latchkey.invalid'
    await service.accounts.register({ email, password: PASSWORD }, LAPTOP)
    expect((await service.accounts.signIn({ email, password: PASSWORD }, LAPTOP)).ok).toBe(true)
    expect(await told(service)).toEqual([])
  })

  it("sends the alert in the owner's language, not in the device's", async () => {
    const service = await open()
    await register(service)
    const ada = await service.users.findByEmail(EMAIL)
    await service.users.noteLanguage(ada?.id ?? 0, 'de')
    await signIn(service, { language: 'en' })
    const subjects = (await mailsOf(service)).map(({ subject }) => subject)
    expect(subjects.at(-1)).toBe('Neues Gerät bei Ihrem Konto angemeldet')
  })

  it('by an emailed code or link sends no alert', async () => {
    const service = await open()
    await register(service)
    const ada = await service.users.findByEmail(EMAIL)
    if (!ada) throw new Error('Nobody has registered.')
    expect((await service.accounts.completeSignIn(ada, LAPTOP, true, 'link')).ok).toBe(true)
    expect(await told(service)).toEqual([])
  })
})
