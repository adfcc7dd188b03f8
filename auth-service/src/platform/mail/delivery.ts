import { and, eq, lte, sql } from 'drizzle-orm'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import { unixTime } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { MailSender, SmtpServer } from '../config/mail-config.ts'
import { createKeyedHash } from '../crypto/keyed-hash.ts'
import type { Database } from '../database/open.ts'
import type { Log } from '../logging/logger.ts'
import { createSingleFlight } from '../process/single-flight.ts'
import { NO_BODY } from './mail-encryption.ts'
import type { MailReader, UnreadReason } from './mail-reader.ts'
import { createSmtp, type DeliveryFailure, type OutgoingEmail } from './smtp.ts'

/** Carries mail from the outbox to the mail server. */
export interface Delivery {
  /** Polls at once, unless the mail server was just unreachable. */
  wake(): void
  /** Accepts no more mail, and waits briefly for what is being sent. */
  close(): Promise<void>
}

export interface DeliveryOptions {
  readonly config: Pick<Config, 'authUrl' | 'secretKey'>
  readonly server: SmtpServer
  readonly from: MailSender
  readonly database: Database
  readonly reader: MailReader
  readonly log: Log
  readonly now: () => number
  /** Further nodemailer options. */
  readonly overrides?: Partial<SMTPPoolOptions> | undefined
}

/** How often to poll for due mail, in ms: retries, and messages that other processes left. */
export const POLL_INTERVAL = 30_000
/** How many messages are sent at once. */
const CONNECTIONS = 3
/** Time-out for one message, in ms. */
const DELIVERY_TIMEOUT = 180_000
/** The lease of a claimed message, in seconds: longer than the time-out, including clock differences. */
const LEASE = 300
/** Seconds to the second attempt; each further delay doubles. */
const FIRST_PAUSE = 30
const LONGEST_PAUSE = 6 * 3600
/** Seconds after which a message fails for good. */
const GIVEN_UP_AFTER = 5 * 86_400
/** How long a message delays the end of the process, in ms. */
const CLOSE_TIMEOUT = 5_000

/** Why this service cannot read a message. Another one may. */
const UNREAD: Record<UnreadReason, { readonly code: string; readonly remedy: string }> = {
  other_secret: {
    code: 'SECRET_KEY_DIFFERS',
    remedy:
      'neither SECRET_KEY nor SECRET_KEY_FALLBACKS decrypts it: add the previous SECRET_KEY to SECRET_KEY_FALLBACKS',
  },
  unknown_kind: {
    code: 'NEWER_VERSION',
    remedy: 'a newer version of the service queued it, and sends it: update this process, too',
  },
}

type Row = Database['outbox']['$inferSelect']

/**
 * Delivers due messages from the outbox, at least once: if a process dies between the server's 250 and the update, the
 * message is sent again with the same Message-ID. Any number of services can share an outbox.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { config, server, from, database, reader, log, now, overrides } = options
  const { db, outbox } = database
  const name = new URL(config.authUrl).hostname
  const smtp = createSmtp({ server, from, name, connections: CONNECTIONS, overrides })
  const hashId = createKeyedHash(config.secretKey, 'messageIds')

  const underWay = new Set<AbortController>()
  let isOut = false
  let closed = false

  /** Claims one due message; no other process gets it before the lease expires. */
  async function claim(): Promise<Row | undefined> {
    const at = unixTime(now)
    const skipTaken = database.dialect === 'postgres' ? sql`FOR UPDATE SKIP LOCKED` : sql``
    const next = sql`(SELECT ${outbox.id} FROM ${outbox} WHERE ${lte(outbox.dueAt, at)}
      ORDER BY ${outbox.dueAt}, ${outbox.id} LIMIT 1 ${skipTaken})`
    const [row] = await db
      .update(outbox)
      .set({ dueAt: at + LEASE, attempts: sql`${outbox.attempts} + 1` })
      .where(and(eq(outbox.id, next), lte(outbox.dueAt, at)))
      .returning()
    return row
  }

  async function attempt(row: Row): Promise<void> {
    if (row.createdAt <= unixTime(now) - GIVEN_UP_AFTER) return fail(row, 'it is too old')
    const { recipient: to, createdAt } = row
    const read = reader(row)
    if (!read.ok) {
      return retry(row, { concerns: 'mail', command: undefined, reply: undefined, ...UNREAD[read.reason] })
    }
    const { subject, text, html } = read.value
    const date = new Date(createdAt * 1000)
    const failure = await deliver({ to, subject, text, html, date, messageId: messageId(row) })
    if (failure) return retry(row, failure)
    await mark(row, { subject, ...NO_BODY, dueAt: null, sentAt: unixTime(now) })
    log.debug({ event: 'mail_sent', mail: row.id, attempt: row.attempts }, 'an email was sent')
  }

  async function deliver(email: OutgoingEmail): Promise<DeliveryFailure | null> {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), DELIVERY_TIMEOUT)
    underWay.add(patience)
    const failure = await smtp.deliver(email, patience.signal)
    underWay.delete(patience)
    clearTimeout(timer)
    return failure
  }

  async function retry(row: Row, { concerns, ...why }: DeliveryFailure): Promise<void> {
    if (concerns === 'refused') return fail(row, 'it was refused', why)
    if (concerns === 'server') isOut = true
    const pause = Math.min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)
    await mark(row, { dueAt: unixTime(now) + pause })
    const facts = { event: 'mail_put_off', mail: row.id, attempt: row.attempts, ...why, pause }
    log.warn(facts, 'an email could not be sent; retrying later')
  }

  async function fail(row: Row, reason: string, why: object = {}): Promise<void> {
    await mark(row, { ...NO_BODY, dueAt: null })
    const facts = { event: 'mail_given_up', mail: row.id, attempt: row.attempts, ...why }
    log.error(facts, `an email will not be sent: ${reason}`)
  }

  async function mark({ id }: Row, outcome: Partial<Row>): Promise<void> {
    await db.update(outbox).set(outcome).where(eq(outbox.id, id))
  }

  /** The same at every attempt, and does not reveal the number of messages. */
  function messageId({ id, createdAt }: Row): string {
    const local = hashId(`${id}.${createdAt}`).toString('base64url').slice(0, 22)
    return `<${local}@${name}>`
  }

  async function work(): Promise<void> {
    try {
      while (!closed && !isOut) {
        const row = await claim()
        if (!row) return
        await attempt(row)
      }
    } catch (error) {
      log.warn({ err: error }, 'could not read or update the outbox')
    }
  }

  const round = createSingleFlight(async () => {
    await Promise.all(Array.from({ length: CONNECTIONS }, work))
  })

  function wake(): void {
    if (!isOut && !closed) round.wake()
  }

  const polling = setInterval(() => {
    isOut = false
    wake()
  }, POLL_INTERVAL)
  polling.unref()

  return {
    wake,
    async close() {
      closed = true
      clearInterval(polling)
      const impatience = setTimeout(() => {
        for (const patience of underWay) patience.abort()
      }, CLOSE_TIMEOUT)
      await round.landed()
      clearTimeout(impatience)
      smtp.close()
    },
  }
}
