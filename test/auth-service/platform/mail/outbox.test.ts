import { expect, it } from 'vitest'
import { NOW } from '../../../support/tokens.ts'
import { mailsOf } from '../../support/mails.ts'
import { onBothDatabases } from '../../support/services.ts'

const MESSAGE = { to: 'ada@example.com', subject: 'Hello', text: 'How are you?', html: '<p>How are you?</p>' }

onBothDatabases('The outbox', (open) => {
  it('keeps each message, due at once', async () => {
    const service = await open()
    const { mail, database } = service
    await mail.send(MESSAGE)
    await mail.send({ ...MESSAGE, to: 'bob@example.com' })
    const { to: recipient, subject } = MESSAGE
    const waiting = { createdAt: NOW, attempts: 0, dueAt: NOW, sentAt: null }
    expect(await database.db.select().from(database.outbox).orderBy(database.outbox.id)).toMatchObject([
      { id: 1, recipient, subject, ...waiting },
      { id: 2, recipient: 'bob@example.com', subject, ...waiting },
    ])
    expect(await mailsOf(service)).toEqual([MESSAGE, { ...MESSAGE, to: 'bob@example.com' }])
  })

  it('repairs text that no database can store', async () => {
    const service = await open()
    const { mail, database } = service
    await mail.send({ to: 'a\0@example.com', subject: '\uD83D', text: 'a\0b', html: '\0' })
    const [row] = await database.db.select().from(database.outbox)
    expect(row).toMatchObject({ recipient: 'a\uFFFD@example.com', subject: '\uFFFD' })
    expect(await mailsOf(service)).toMatchObject([{ text: 'a\uFFFDb', html: '\uFFFD' }])
  })

  it('deletes sent messages after a week, and everything after a month', async () => {
    const { mail, database, wait } = await open()
    const { db, outbox } = database
    const row = { recipient: 'ada@example.com', text: 'x', createdAt: NOW, attempts: 1, dueAt: null }
    await db.insert(outbox).values([
      { ...row, subject: 'sent', sentAt: NOW },
      { ...row, subject: 'sent later', sentAt: NOW + 100 },
      { ...row, subject: 'given up' },
      { ...row, subject: 'kept', dueAt: NOW },
      { ...row, subject: 'newer', createdAt: NOW + 100 },
    ])
    const left = async () => (await db.select().from(outbox).orderBy(outbox.id)).map(({ subject }) => subject)
    wait(7 * 86_400 - 1)
    expect(await mail.deleteExpired()).toBe(0)
    wait(1)
    expect(await mail.deleteExpired()).toBe(1)
    expect(await left()).toEqual(['sent later', 'given up', 'kept', 'newer'])
    wait(23 * 86_400)
    expect(await mail.deleteExpired()).toBe(3)
    expect(await left()).toEqual(['newer'])
  })
})
