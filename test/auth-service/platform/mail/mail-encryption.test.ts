import { expect, it, onTestFinished } from 'vitest'
import { createDevInbox } from '../../../../auth-service/src/platform/mail/dev-inbox.ts'
import { eventually } from '../../../support/eventually.ts'
import { NOW } from '../../../support/tokens.ts'
import { reply, smtpSettings, startMailServer } from '../../support/mail-server.ts'
import { linkIn, mailReaderOf, mailsOf } from '../../support/mails.ts'
import { addUser, DEVICE, onBothDatabases, SECRET_KEY, type TestService } from '../../support/services.ts'

const ADA = 'ada@example.com'
const MESSAGE = {
  to: ADA,
  subject: 'Hello',
  text: 'Open https://example.com/?token=secret',
  html: '<p>secret</p>',
}
const PLAIN = { recipient: ADA, subject: 'Hello', text: MESSAGE.text, createdAt: NOW, attempts: 0 }
const NEWER = { secretKey: 'another secret of more than 32 characters', secretKeyFallbacks: [SECRET_KEY] }

const rowsOf = ({ database: { db, outbox } }: TestService) => db.select().from(outbox).orderBy(outbox.id)

async function mailServer(status: '250' | '550' = '250') {
  const refuse = () => {
    throw reply(550, '5.6.0 no')
  }
  const server = await startMailServer(status === '550' ? { take: refuse } : {})
  onTestFinished(() => server.stop())
  return server
}

onBothDatabases('The body of an email', (open) => {
  it('is encrypted while it waits: the database contains no working link or code', async () => {
    const service = await open({ config: { signInByMail: 'on' } })
    const ada = await addUser(service)
    await service.passwordReset.requestReset(ADA, DEVICE)
    const reset = new URL(await linkIn(service, ADA), 'https://x').searchParams.get('token') ?? ''
    await service.magicLinks.ask(ADA, DEVICE)
    const [, code = ''] = (await mailsOf(service)).at(-1)?.text.match(/^ {4}(\d{3} \d{3})$/m) ?? []
    const link = await linkIn(service, ADA)
    await service.invitations.invite({ email: 'new@example.com' }, { uuid: ada.uuid, device: DEVICE })
    const [, invitation = ''] = (await mailsOf(service)).at(-1)?.text.match(/invitation=(\S+)/) ?? []
    await service.emailVerification.sendLink(ada, DEVICE, null)
    const stored = JSON.stringify(await rowsOf(service))
    for (const secret of [reset, code, invitation, link.split('token=')[1] ?? '']) {
      expect(secret.length).toBeGreaterThan(5)
      expect(stored).not.toContain(secret)
    }
    expect(await mailsOf(service)).toHaveLength(4)
  })

  it('appears in the dev inbox when email is off', async () => {
    const service = await open()
    await service.mail.send(MESSAGE)
    const { devInbox } = service
    expect(await devInbox.list()).toMatchObject([MESSAGE])
    expect(await devInbox.find(1)).toMatchObject(MESSAGE)
    const config = { ...service.config, secretKey: NEWER.secretKey }
    const stranger = createDevInbox(service.database, mailReaderOf({ ...service, config }))
    expect(await stranger.find(1)).toMatchObject({
      text: 'This email was encrypted with another SECRET_KEY.',
      html: null,
    })
  })

  it.each(['250', '550'] as const)('is sent as written, and then emptied (%s)', async (status) => {
    const server = await mailServer(status)
    const service = await open({ config: smtpSettings(server.port) })
    await service.mail.send(MESSAGE)
    await eventually(async () =>
      expect(await rowsOf(service)).toMatchObject([{ dueAt: null, text: '', html: null }]),
    )
    if (status === '250') expect(server.received[0]?.raw).toContain('token=secret')
  })

  it('from before the upgrade is encrypted at the start by two services at once, and emptied if it was sent', async () => {
    const first = await open()
    const { db, outbox } = first.database
    const waiting = Array.from({ length: 250 }, (_, n) => ({
      ...PLAIN,
      text: `secret ${n}`,
      html: '<p>',
      dueAt: NOW,
    }))
    await db
      .insert(outbox)
      .values([
        { ...PLAIN, html: '<p>secret</p>', dueAt: null, sentAt: NOW },
        { ...PLAIN, dueAt: null },
        ...waiting,
      ])
    await Promise.all([1, 2].map(() => open({ beside: first })))
    expect(JSON.stringify(await rowsOf(first))).not.toContain('secret')
    const mails = await mailsOf(first)
    expect(mails.slice(0, 2)).toMatchObject([
      { text: '', html: null },
      { text: '', html: null },
    ])
    expect(mails.slice(2)).toMatchObject(waiting.map(({ text, html }) => ({ text, html })))
    const before = await rowsOf(first)
    await open({ beside: first })
    expect(await rowsOf(first)).toEqual(before)
  })

  it('from an earlier version of the service is sent, and encrypted within the hour', async () => {
    const service = await open()
    const { db, outbox } = service.database
    await db.insert(outbox).values({ ...PLAIN, dueAt: NOW })
    expect(await mailsOf(service)).toMatchObject([{ text: MESSAGE.text, html: null }])
    await service.mail.deleteExpired()
    expect(JSON.stringify(await rowsOf(service))).not.toContain('secret')
    expect(await mailsOf(service)).toMatchObject([{ text: MESSAGE.text, html: null }])
  })

  it('stays readable while SECRET_KEY is replaced, and after its fallback is gone', async () => {
    const before = await open()
    await before.mail.send(MESSAGE)
    const between = await open({ beside: before, config: NEWER })
    expect(await mailsOf(between)).toMatchObject([MESSAGE])
    // A service without the new setting.
    await before.mail.send({ ...MESSAGE, subject: 'later' })
    await between.mail.deleteExpired()
    const after = await open({ beside: before, config: { secretKey: NEWER.secretKey } })
    expect(await mailsOf(after)).toMatchObject([MESSAGE, { ...MESSAGE, subject: 'later' }])
  })

  it('waits for a service that can decrypt it, and the log names the setting', async () => {
    const before = await open()
    await before.mail.send(MESSAGE)
    const server = await mailServer()
    const config = { ...smtpSettings(server.port), secretKey: NEWER.secretKey }
    // As after new signing keys with another SECRET_KEY.
    await before.database.db.delete(before.database.signingKeys)
    const other = await open({ beside: before, config })
    other.mail.wake()
    await eventually(() =>
      expect(other.logged).toContainEqual(
        expect.objectContaining({
          event: 'mail_put_off',
          remedy: expect.stringContaining('SECRET_KEY_FALLBACKS'),
        }),
      ),
    )
    await eventually(async () =>
      expect(await rowsOf(other)).toMatchObject([{ dueAt: NOW + 30, attempts: 1 }]),
    )
    expect(await mailsOf(before)).toMatchObject([MESSAGE])
    expect(server.received).toEqual([])
  })
})
