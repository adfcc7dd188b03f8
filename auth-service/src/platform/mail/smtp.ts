import { createTransport } from 'nodemailer'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import type { MailSender, SmtpServer } from '../config/mail-config.ts'

/** A message as it is sent. */
export interface OutgoingEmail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string | null
  readonly date: Date
  /** With angle brackets (RFC 5322, section 3.6.4). */
  readonly messageId: string
}

/** Why a message was not accepted, without addresses or content. */
export interface DeliveryFailure {
  /**
   * `server`: no message would get through. `mail`: this one failed, and may succeed later. `refused`: this one always
   * fails.
   */
  readonly concerns: 'server' | 'mail' | 'refused'
  /** Nodemailer's code, or the system's. */
  readonly code: string
  /** The failed SMTP command, or `CONN`, if known. */
  readonly command: string | undefined
  /** The server's reply code (RFC 5321, section 4.2), if any. */
  readonly reply: number | undefined
}

export interface Smtp {
  /** Sends a message; `null` if it was accepted. A failed or aborted message may have been accepted, too. */
  deliver(email: OutgoingEmail, signal: AbortSignal): Promise<DeliveryFailure | null>
  /** Greets the server, encrypts and signs in, without sending anything; `null` on success. */
  probe(): Promise<DeliveryFailure | null>
  close(): void
}

export interface SmtpOptions {
  readonly server: SmtpServer
  readonly from: MailSender
  /** The name for our greeting (RFC 5321, section 4.1.1.1). */
  readonly name: string
  /** How many messages may be sent at once. */
  readonly connections: number
  /** Further nodemailer options. */
  readonly overrides?: Partial<SMTPPoolOptions> | undefined
}

/** Time-out for a connection and its greeting, in ms. */
const CONNECTION_TIMEOUT = 10_000
/** Time-out for a silent server, in ms. Filters are slow, and giving up early means sending twice. */
const SILENCE_TIMEOUT = 120_000
/** How long an idle connection is kept, in ms. */
const IDLE_TIMEOUT = 5_000

/** Sends mail through a mail server with a few reused connections. */
export function createSmtp({ server, from, name, connections, overrides }: SmtpOptions): Smtp {
  const { host, port, security, credentials } = server
  const transport = createTransport({
    pool: true,
    host,
    port,
    name,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    // Debian's Postfix offers STARTTLS with a certificate for no name. On loopback the listener is this machine anyway.
    tls: security === 'loopback' ? { rejectUnauthorized: false } : {},
    auth: credentials && { user: credentials.user, pass: credentials.password },
    maxConnections: connections,
    // The server closed an idle connection; all other failures are retried from the outbox.
    maxRequeues: 1,
    connectionTimeout: CONNECTION_TIMEOUT,
    greetingTimeout: CONNECTION_TIMEOUT,
    socketTimeout: SILENCE_TIMEOUT,
    idleTimeout: IDLE_TIMEOUT,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...overrides,
  })
  // The sender's promise gets the error; without a listener it would end the process.
  transport.on('error', () => {})

  return {
    async deliver({ to, subject, text, html, date, messageId }, signal) {
      // An object is one address, whatever separators it contains.
      const recipient = { name: '', address: to }
      try {
        await transport.sendMail({
          from,
          to: recipient,
          envelope: { from: from.address, to: [recipient] },
          subject,
          text,
          ...(html === null ? {} : { html }),
          date,
          messageId,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        })
        return null
      } catch (error) {
        return judge(error as SmtpError)
      }
    },
    async probe() {
      try {
        await transport.verify()
        return null
      } catch (error) {
        return judge(error as SmtpError)
      }
    },
    close: () => transport.close(),
  }
}

/** The fields of nodemailer's errors; their messages quote addresses and the server. */
interface SmtpError {
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

function judge({ code, originalCode, command, response, responseCode }: SmtpError): DeliveryFailure {
  const details = { code: originalCode ?? code ?? 'unknown', command, reply: responseCode }
  // Our own failure: the address could not be encoded.
  if (code === 'EENVELOPE' && command === 'API') return { concerns: 'refused', ...details }
  const isAboutMail = command === 'RCPT TO' || command === 'DATA'
  if (!isAboutMail || responseCode === undefined || responseCode === 421)
    return { concerns: 'server', ...details }
  const isFinal = responseCode >= 500 && !isAboutUs(responseCode, response ?? '')
  return { concerns: isFinal ? 'refused' : 'mail', ...details }
}

/**
 * Relaying denied, or authentication required: the operator can fix that (RFC 3463, section 3.8; RFC 4954, section 6).
 */
const isAboutUs = (reply: number, response: string): boolean =>
  reply === 530 || /^\d{3}[ -]5\.7\.\d+/.test(response)
