import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { POLL_INTERVAL } from '../../../../auth-service/src/platform/mail/delivery.ts'
import type { EmailMessage } from '../../../../auth-service/src/platform/mail/outbox.ts'
import type { Service } from '../../../../auth-service/src/service.ts'
import { eventually } from '../../../support/eventually.ts'
import { NOW } from '../../../support/tokens.ts'
import {
  headerOf,
  type MailServerOptions,
  type Received,
  reply,
  smtpSettings,
  startMailServer,
} from '../../support/mail-server.ts'
import { onBothDatabases, openService, testConfig } from '../../support/services.ts'

const MESSAGE: EmailMessage = {
  to: 'ada@example.com',
  subject: 'Hello',
  text: 'How are you?',
  html: '<p>How are <b>you</b>?</p>',
}
const HOUR = 3600
const DAY = 24 * HOUR

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** The next poll of the outbox. */
const poll = () => vi.advanceTimersByTime(POLL_INTERVAL)

async function mailServer(options: MailServerOptions = {}) {
  const server = await startMailServer(options)
  onTestFinished(() => server.stop())
  return server
}

const outboxOf = async ({ database: { db, outbox } }: Service) => db.select().from(outbox).orderBy(outbox.id)

/** Waits until every message in the outbox has this many attempts and is sent, retried or failed. */
async function settled(service: Service, attempts = 1) {
  const rows = () => outboxOf(service)
  await eventually(async () => {
    for (const row of await rows()) {
      expect(row.attempts).toBe(attempts)
      // After the lease.
      expect(row.dueAt === null || row.dueAt - Math.floor(service.now() / 1000) !== 300).toBe(true)
    }
  })
  return rows()
}

const arrived = (server: { received: readonly Received[] }, count: number) =>
  eventually(() => expect(server.received.length).toBeGreaterThanOrEqual(count))

onBothDatabases('Email', (open) => {
  it('is sent at once and complete', async () => {
    const server = await mailServer()
    const service = await open({ config: smtpSettings(server.port) })
    await service.mail.send(MESSAGE)
    expect(await settled(service)).toMatchObject([{ attempts: 1, dueAt: null, sentAt: NOW }])

    const [mail] = server.received
    expect(mail).toMatchObject({ from: 'no-reply@example.com', to: ['ada@example.com'] })
    expect(headerOf(mail, 'From')).toBe('Latchkey <no-reply@example.com>')
    expect(headerOf(mail, 'To')).toBe('ada@example.com')
    expect(headerOf(mail, 'Subject')).toBe('Hello')
    expect(headerOf(mail, 'Auto-Submitted')).toBe('auto-generated')
    expect(Date.parse(headerOf(mail, 'Date'))).toBe(NOW * 1000)
    expect(headerOf(mail, 'Message-ID')).toMatch(/^<[\w-]{22}@auth\.demo\.localhost>$/)
    expect(headerOf(mail, 'Content-Type')).toContain('multipart/alternative')
    expect(mail?.raw).toContain('\r\nHow are you?')
    expect(mail?.raw).toContain('<p>How are <b>you</b>?</p>')
  })

  it('uses few connections, again and again', async () => {
    const server = await mailServer()
    const service = await open({ config: smtpSettings(server.port) })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => service.mail.send({ ...MESSAGE, subject: `${n}` })),
    )
    await settled(service)
    const subjects = server.received.map((mail) => Number(headerOf(mail, 'Subject')))
    expect(subjects.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(server.connections()).toBeLessThanOrEqual(3)
    expect(new Set(server.received.map((mail) => headerOf(mail, 'Message-ID'))).size).toBe(20)
  })

  it('that other processes queued is sent on a signal or at the next poll', async () => {
    const server = await mailServer()
    const service = await open({ config: smtpSettings(server.port) })
    const { db, outbox } = service.database
    const row = {
      recipient: 'ada@example.com',
      subject: '1',
      text: 'x',
      createdAt: NOW,
      attempts: 0,
      dueAt: NOW,
    }
    await db.insert(outbox).values(row)
    service.mail.wake()
    await arrived(server, 1)
    await settled(service)
    await db.insert(outbox).values({ ...row, subject: '2' })
    poll()
    await arrived(server, 2)
    await settled(service)
  })

  it('waits while the server is down, delays no request, and is delivered afterwards', async () => {
    const gone = await startMailServer()
    await gone.stop()
    const service = await open({ config: smtpSettings(gone.port) })
    const wanted = Array.from({ length: 12 }, (_, n) => `${n}`)
    for (const subject of wanted.slice(0, 6)) await service.mail.send({ ...MESSAGE, subject })
    await eventually(() =>
      expect(service.logged).toContainEqual(expect.objectContaining({ code: 'ECONNREFUSED' })),
    )
    for (const subject of wanted.slice(6)) await service.mail.send({ ...MESSAGE, subject })
    await eventually(async () =>
      expect((await outboxOf(service)).every(({ dueAt }) => dueAt !== NOW + 300)).toBe(true),
    )
    // No further attempts until the next poll.
    expect((await outboxOf(service)).filter(({ attempts }) => attempts > 0).length).toBeLessThanOrEqual(3)

    const server = await mailServer({ port: gone.port })
    service.wait(30)
    poll()
    await arrived(server, wanted.length)
    const rows = await eventually(async () => {
      const rows = await outboxOf(service)
      expect(rows.every(({ sentAt }) => sentAt === NOW + 30)).toBe(true)
      return rows
    })
    expect(rows).toHaveLength(wanted.length)
    expect(server.received.map((mail) => headerOf(mail, 'Subject')).sort()).toEqual([...wanted].sort())
  })

  it('is sent once by services that share the outbox', async () => {
    const server = await mailServer()
    const one = await open({ config: smtpSettings(server.port) })
    const other = await open({ config: smtpSettings(server.port), beside: one })
    const { db, outbox } = one.database
    const rows = Array.from({ length: 60 }, (_, n) => ({
      recipient: 'ada@example.com',
      subject: `${n}`,
      text: 'x',
      createdAt: NOW,
      attempts: 0,
      dueAt: NOW,
    }))
    await db.insert(outbox).values(rows)
    one.mail.wake()
    other.mail.wake()
    await arrived(server, rows.length)
    await settled(one)
    expect(server.received.map((mail) => Number(headerOf(mail, 'Subject'))).sort((a, b) => a - b)).toEqual(
      rows.map((_, n) => n),
    )
  })

  it('that a process claimed but did not finish is sent by another, as the same message', async () => {
    const server = await mailServer()
    const service = await open({ config: smtpSettings(server.port) })
    await service.mail.send(MESSAGE)
    await settled(service)
    const { db, outbox } = service.database
    // As after a process that died right after the server's 250.
    const { text, html } = MESSAGE
    await db.update(outbox).set({ text, html, dueAt: NOW + 300, sentAt: null })
    poll()
    service.wait(299)
    poll()
    expect(server.received).toHaveLength(1)
    service.wait(1)
    poll()
    await arrived(server, 2)
    const [first, second] = server.received
    expect(headerOf(second, 'Message-ID')).toBe(headerOf(first, 'Message-ID'))
    expect(headerOf(second, 'Date')).toBe(headerOf(first, 'Date'))
  })
})

/** A service that uses this mail server. */
async function openWith(options: MailServerOptions, smtp: Parameters<typeof openService>[1] = {}) {
  const server = await mailServer(options)
  const service = await openService(testConfig(smtpSettings(server.port)), smtp)
  onTestFinished(() => service.close())
  return { server, service }
}

describe('A mail server that fails', () => {
  const once = (fail: () => void) => {
    let failed = false
    return () => {
      if (failed) return
      failed = true
      fail()
    }
  }
  const failing = (error: Error) => {
    const fail = once(() => {
      throw error
    })
    return (callback: (error?: Error) => void) => {
      try {
        fail()
        callback()
      } catch (error) {
        callback(error as Error)
      }
    }
  }
  const onConnect = (error: Error): MailServerOptions => {
    const step = failing(error)
    return { onConnect: (_, callback) => step(callback as () => void) }
  }
  const onMailFrom = (error: Error): MailServerOptions => {
    const step = failing(error)
    return { onMailFrom: (_, __, callback) => step(callback as () => void) }
  }
  const onRcptTo = (error: Error): MailServerOptions => {
    const step = failing(error)
    return { onRcptTo: (_, __, callback) => step(callback as () => void) }
  }
  const onData = (error: Error): MailServerOptions => ({
    take: once(() => {
      throw error
    }),
  })

  it.each<[string, MailServerOptions, Record<string, unknown>]>([
    ['temporarily at the greeting', onConnect(reply(421, '4.3.2 Not now')), { command: 'CONN', reply: 421 }],
    ['permanently at the greeting', onConnect(reply(554, '5.3.2 Never')), { command: 'CONN', reply: 554 }],
    [
      'temporarily at the sender',
      onMailFrom(reply(451, '4.3.0 Greylisted')),
      { command: 'MAIL FROM', reply: 451 },
    ],
    [
      'permanently at the sender',
      onMailFrom(reply(550, '5.1.8 No such sender')),
      { command: 'MAIL FROM', reply: 550 },
    ],
    ['temporarily at the recipient', onRcptTo(reply(450, '4.2.0 Busy')), { command: 'RCPT TO', reply: 450 }],
    [
      'at the recipient without authentication',
      onRcptTo(reply(530, '5.7.0 Sign in')),
      { command: 'RCPT TO', reply: 530 },
    ],
    ['at the recipient by denying relay', onRcptTo(reply(554, '5.7.1 Relay denied')), { reply: 554 }],
    ['temporarily at the content', onData(reply(452, '4.3.1 Full')), { command: 'DATA', reply: 452 }],
    [
      'at the content because of our address',
      onData(reply(550, '5.7.26 No SPF')),
      { command: 'DATA', reply: 550 },
    ],
    ['at every command', onRcptTo(reply(421, '4.3.2 Going down')), { reply: 421 }],
  ])('%s, gets the message again later', async (_, options, why) => {
    const { server, service } = await openWith(options)
    await service.mail.send(MESSAGE)
    expect(await settled(service)).toMatchObject([{ dueAt: NOW + 30, sentAt: null }])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'mail_put_off', level: 40, mail: 1, attempt: 1, pause: 30, ...why }),
    )
    service.wait(29)
    poll()
    service.wait(1)
    poll()
    expect(await settled(service, 2)).toMatchObject([{ dueAt: null, sentAt: NOW + 30 }])
    expect(server.received).toHaveLength(1)
  })

  it.each<[string, MailServerOptions, Record<string, unknown>]>([
    ['recipient', onRcptTo(reply(550, '5.1.1 No such user here')), { command: 'RCPT TO', reply: 550 }],
    ['recipient, without further code', onRcptTo(reply(553, 'No')), { command: 'RCPT TO', reply: 553 }],
    ['mail', onData(reply(552, '5.3.4 Too big')), { command: 'DATA', reply: 552 }],
  ])('permanently for this %s gets it no more', async (_, options, why) => {
    const { server, service } = await openWith(options)
    await service.mail.send(MESSAGE)
    expect(await settled(service)).toMatchObject([{ dueAt: null, sentAt: null }])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'mail_given_up', level: 50, mail: 1, attempt: 1, ...why }),
    )
    await service.mail.send({ ...MESSAGE, subject: 'The next' })
    await arrived(server, 1)
    expect(headerOf(server.received[0], 'Subject')).toBe('The next')
  })

  it('to return our greeting gets the message again later', async () => {
    const { service } = await openWith({ disabledCommands: ['EHLO', 'HELO', 'STARTTLS', 'AUTH'] })
    await service.mail.send(MESSAGE)
    expect(await settled(service)).toMatchObject([{ dueAt: NOW + 30, sentAt: null }])
    expect(service.logged).toContainEqual(expect.objectContaining({ event: 'mail_put_off', command: 'HELO' }))
  })

  it('to send 250 for an accepted message gets the same message again', async () => {
    const mails: Received[] = []
    const { service } = await openWith({
      take(mail, cut) {
        mails.push(mail)
        if (mails.length === 1) cut()
      },
    })
    await service.mail.send(MESSAGE)
    expect(await settled(service)).toMatchObject([{ dueAt: NOW + 30, sentAt: null }])
    service.wait(30)
    poll()
    await settled(service, 2)
    expect(mails).toHaveLength(2)
    expect(headerOf(mails[1], 'Message-ID')).toBe(headerOf(mails[0], 'Message-ID'))
  })

  it('to answer in time is dropped, and gets the message again later', async () => {
    const { service } = await openWith({ onRcptTo: () => {} }, { socketTimeout: 200 })
    await service.mail.send(MESSAGE)
    expect(await settled(service)).toMatchObject([{ dueAt: NOW + 30, sentAt: null }])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'mail_put_off', code: 'ETIMEDOUT' }),
    )
  })

  it('is retried ever more rarely, and no more after five days', async () => {
    const { service } = await openWith({ onRcptTo: (_, __, callback) => callback(reply(450, '4.2.0 Busy')) })
    await service.mail.send(MESSAGE)
    const pauses: number[] = []
    let due = NOW
    for (let attempt = 1; ; attempt++) {
      const [row] = await settled(service, attempt)
      if (row?.dueAt === null) break
      pauses.push((row?.dueAt ?? 0) - due)
      service.wait((row?.dueAt ?? 0) - due)
      due = row?.dueAt ?? 0
      poll()
    }
    expect(pauses.slice(0, 12)).toEqual([
      30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15_360, 21_600, 21_600,
    ])
    expect(due - NOW).toBeGreaterThanOrEqual(5 * DAY)
    expect(due - NOW).toBeLessThan(5 * DAY + 6 * HOUR)
    expect(await outboxOf(service)).toMatchObject([{ dueAt: null, sentAt: null }])
    expect(service.logged.at(-1)).toMatchObject({
      event: 'mail_given_up',
      msg: 'an email will not be sent: it is too old',
    })
  })

  it('for one message does not delay the others', async () => {
    const { server, service } = await openWith({
      onRcptTo: ({ address }, _, callback) => callback(address.startsWith('bad') ? reply(450, 'Busy') : null),
    })
    for (const to of ['bad@example.com', 'good@example.com', 'bad@example.com', 'good@example.com']) {
      await service.mail.send({ ...MESSAGE, to })
    }
    await settled(service)
    expect(server.received.map(({ to }) => to)).toEqual([['good@example.com'], ['good@example.com']])
  })

  it("appears in the log without addresses or the server's text", async () => {
    const { service } = await openWith({
      onRcptTo: ({ address }, _, callback) => callback(reply(550, `5.1.1 <${address}> is unknown, was hush`)),
    })
    await service.mail.send({ to: 'ada@example.com', subject: 'hush', text: 'hush', html: 'hush' })
    await settled(service)
    const log = JSON.stringify(service.logged)
    expect(log).toContain('mail_given_up')
    expect(log).not.toMatch(/ada@|hush/)
  })
})
