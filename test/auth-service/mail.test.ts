import { expect, it } from 'vitest'
import { NOW } from '../support/tokens.ts'
import { onBothDatabases } from './support/services.ts'

const MESSAGE = { to: 'ada@example.com', subject: 'Hello', text: 'How are you?' }

onBothDatabases('The outbox', (open) => {
  it('keeps each message, due at once', async () => {
    const { mail, database } = await open()
    await mail.send(MESSAGE)
    await mail.send({ ...MESSAGE, html: '<p>How are you?</p>' })
    const row = { recipient: 'ada@example.com', subject: 'Hello', text: 'How are you?', html: null }
    const waiting = { createdAt: NOW, attempts: 0, dueAt: NOW, sentAt: null }
    expect(await database.db.select().from(database.outbox).orderBy(database.outbox.id)).toEqual([
      { id: 1, ...row, ...waiting },
      { id: 2, ...row, html: '<p>How are you?</p>', ...waiting },
    ])
  })

  it('keeps what no database stores as it is', async () => {
    const { mail, database } = await open()
    await mail.send({ to: 'a\0@example.com', subject: '\uD83D', text: 'a\0b', html: '\0' })
    const [row] = await database.db.select().from(database.outbox)
    expect(row).toMatchObject({
      recipient: 'a\uFFFD@example.com',
      subject: '\uFFFD',
      text: 'a\uFFFDb',
      html: '\uFFFD',
    })
  })
})
