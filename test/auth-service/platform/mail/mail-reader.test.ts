import { sql } from 'drizzle-orm'
import { expect, it, onTestFinished } from 'vitest'
import { newDeviceMail } from '../../../../auth-service/src/accounts/mails/new-device.ts'
import { createEncryption } from '../../../../auth-service/src/platform/crypto/encryption.ts'
import type { MailTemplate } from '../../../../auth-service/src/platform/mail/mail-template.ts'
import { eventually } from '../../../support/eventually.ts'
import { NOW } from '../../../support/tokens.ts'
import { smtpSettings, startMailServer } from '../../support/mail-server.ts'
import { mailReaderOf, mailsOf } from '../../support/mails.ts'
import { addUser, onBothDatabases, SECRET_KEY, type TestService } from '../../support/services.ts'

const ADA = 'ada@example.com'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const FACTS = { at: NOW, userAgent: FIREFOX, address: '192.0.2.7' }
const GERMAN = { language: 'de', timeZone: 'Europe/Berlin' }
const NEWER = 'another secret of more than 32 characters'

/** Queues an email that is written when it is sent. */
async function queue(
  { database, mail }: TestService,
  { template = newDeviceMail, person }: { template?: MailTemplate<typeof FACTS>; person?: string } = {},
): Promise<void> {
  const draft = { to: ADA, template, facts: FACTS, readers: [GERMAN], ...(person && { person }) }
  await database.transaction(() => [mail.step(draft, sql``)])
  mail.wake()
}

const rowsOf = ({ database: { db, outbox } }: TestService) => db.select().from(outbox).orderBy(outbox.id)

async function mailServer() {
  const server = await startMailServer()
  onTestFinished(() => server.stop())
  return server
}

onBothDatabases('An email that is written when it is sent', (open) => {
  it('is sent once, in the language and the time zone from when it was queued', async () => {
    const service = await open()
    await addUser(service, ADA)
    await queue(service)
    expect(await rowsOf(service)).toMatchObject([
      { subject: 'New device signed in to your account', html: null, dueAt: NOW, attempts: 0 },
    ])
    const ada = await service.users.findByEmail(ADA)
    await service.users.noteLanguage(ada?.id ?? 0, 'en')

    // After a restart, with two services at once.
    const server = await mailServer()
    const services = await Promise.all(
      [1, 2].map(() => open({ beside: service, config: smtpSettings(server.port) })),
    )
    for (const one of services) one.mail.wake()
    await eventually(async () => expect(await rowsOf(service)).toMatchObject([{ sentAt: NOW }]))
    expect(server.received).toHaveLength(1)
    const raw = server.received[0]?.raw.replaceAll('=\r\n', '') ?? ''
    expect(raw).toContain('Firefox')
    expect(raw).toContain('09:00')
    expect(raw).toContain('multipart/alternative')
    expect(await rowsOf(service)).toMatchObject([
      { subject: 'Neues Gerät bei Ihrem Konto angemeldet', text: '', html: null, dueAt: null },
    ])
  })

  it('is encrypted, and the device is not in plain text', async () => {
    const service = await open()
    await queue(service)
    const stored = JSON.stringify(await rowsOf(service))
    for (const fact of ['Firefox', '192.0.2.7', 'Berlin']) expect(stored).not.toContain(fact)
  })

  it('appears in the dev inbox as its reader would get it', async () => {
    const service = await open()
    await queue(service)
    const [mail] = await service.devInbox.list()
    expect(mail).toMatchObject({ to: ADA, subject: 'Neues Gerät bei Ihrem Konto angemeldet' })
    expect(mail?.text).toContain('Gerät: Firefox unter Linux, 192.0.2.7')
    expect(mail?.html).toContain('Firefox unter Linux')
    expect(await service.devInbox.find(1)).toEqual(mail)
  })

  it('is deleted with the account before it is sent', async () => {
    const service = await open()
    const { uuid } = await addUser(service, 'old@example.com')
    await queue(service, { person: uuid })
    await service.users.remove(uuid)
    expect(await rowsOf(service)).toEqual([])
  })

  it('stays readable while SECRET_KEY is replaced', async () => {
    const before = await open()
    await queue(before)
    const mails = await mailsOf(before)
    const [row] = await rowsOf(before)
    await open({ beside: before, config: { secretKey: NEWER, secretKeyFallbacks: [SECRET_KEY] } })
    expect((await rowsOf(before))[0]?.text).not.toBe(row?.text)
    const after = await open({ beside: before, config: { secretKey: NEWER } })
    expect(await mailsOf(after)).toEqual(mails)
    // Again: nothing changes.
    const rows = await rowsOf(after)
    await after.mail.deleteExpired()
    expect(await rowsOf(after)).toEqual(rows)
  })

  it('is left alone by an earlier version, which cannot decrypt it', async () => {
    const service = await open()
    await queue(service)
    const [row] = await rowsOf(service)
    const earlier = createEncryption(service.config, 'mails')
    expect(earlier.decrypt(row?.text ?? '', 'text')).toBeNull()
    expect(earlier.reencrypt(row?.text ?? '', 'text')).toBeNull()
    // What it takes for a body that is not encrypted yet.
    expect(row?.text).toMatch(/^v1\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/)
  })

  it('of a kind that only a newer version knows waits for that version, and the log says so', async () => {
    const service = await open()
    await queue(service, { template: { ...newDeviceMail, kind: 'from_the_future' } })
    const [row] = await rowsOf(service)
    expect(row && mailReaderOf(service)(row)).toEqual({ ok: false, reason: 'unknown_kind' })
    expect(await service.devInbox.find(1)).toMatchObject({ text: expect.stringContaining('newer version') })

    const server = await mailServer()
    const other = await open({ beside: service, config: smtpSettings(server.port) })
    other.mail.wake()
    await eventually(() =>
      expect(other.logged).toContainEqual(
        expect.objectContaining({ event: 'mail_put_off', code: 'NEWER_VERSION', pause: 30 }),
      ),
    )
    await eventually(async () =>
      expect(await rowsOf(service)).toMatchObject([{ dueAt: NOW + 30, attempts: 1, text: row?.text }]),
    )
    expect(server.received).toEqual([])
  })
})
