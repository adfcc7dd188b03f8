import { createTransport } from 'nodemailer'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import type { MailSender, SmtpServer } from '../config/mail-config.ts'

/** A mail as it goes over the wire. */
export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string | null
  readonly date: Date
  /** With angle brackets (RFC 5322, section 3.6.4). */
  readonly messageId: string
}

/** Why a mail was not taken; nothing here names a person or quotes a mail. */
export interface DeliveryFailure {
  /**
   * `server`: nobody's mail would get through. `mail`: this one did not; it may later. `refused`: this one never will.
   */
  readonly concerns: 'server' | 'mail' | 'refused'
  /** Nodemailer's code, or the system's. */
  readonly code: string
  /** The SMTP command that failed, or `CONN`, where there was one. */
  readonly command: string | undefined
  /** The server's reply code (RFC 5321, section 4.2), where it gave one. */
  readonly reply: number | undefined
}

export interface Smtp {
  /** Hands a mail to the server; `null` when it was taken. What failed or was aborted may have been taken, too. */
  deliver(letter: Letter, signal: AbortSignal): Promise<DeliveryFailure | null>
  /** Greets the server, encrypts and signs in, and sends nothing; `null` when all of that worked. */
  probe(): Promise<DeliveryFailure | null>
  close(): void
}

export interface SmtpOptions {
  readonly server: SmtpServer
  readonly from: MailSender
  /** The name we greet with (RFC 5321, section 4.1.1.1). */
  readonly name: string
  /** How many mails may be on their way at once. */
  readonly connections: number
  /** Further options of nodemailer's. */
  readonly overrides?: Partial<SMTPPoolOptions> | undefined
}

/** How long to wait for a connection and for its greeting, in ms. */
const CONNECTION_TIMEOUT = 10_000
/** How long a server may be silent, in ms: filters take their time. Who gives up early sends twice. */
const SILENCE_TIMEOUT = 120_000
/** How long a connection is kept for the next mail, in ms. */
const IDLE_TIMEOUT = 5_000

/** The way to a mail server, over a few connections that are used again. */
export function createSmtp({ server, from, name, connections, overrides }: SmtpOptions): Smtp {
  const { host, port, security, credentials } = server
  const transport = createTransport({
    pool: true,
    host,
    port,
    name,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    // Debian's Postfix offers STARTTLS with a certificate that names nobody. Who listens here is this machine anyway.
    tls: security === 'loopback' ? { rejectUnauthorized: false } : {},
    auth: credentials && { user: credentials.user, pass: credentials.password },
    maxConnections: connections,
    // A connection that the server closed while it was idle; all else is tried again from the outbox.
    maxRequeues: 1,
    connectionTimeout: CONNECTION_TIMEOUT,
    greetingTimeout: CONNECTION_TIMEOUT,
    socketTimeout: SILENCE_TIMEOUT,
    idleTimeout: IDLE_TIMEOUT,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...overrides,
  })
  // Told to whoever waits for the mail; without a listener it would end the process.
  transport.on('error', () => {})

  return {
    async deliver({ to, subject, text, html, date, messageId }, signal) {
      // As an object it is one address, whatever separators are in it.
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

/** What nodemailer's errors carry; their messages quote addresses and the server. */
interface SmtpError {
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

function judge({ code, originalCode, command, response, responseCode }: SmtpError): DeliveryFailure {
  const told = { code: originalCode ?? code ?? 'unknown', command, reply: responseCode }
  // Ours alone: the address could not be written down as one.
  if (code === 'EENVELOPE' && command === 'API') return { concerns: 'refused', ...told }
  const isAboutMail = command === 'RCPT TO' || command === 'DATA'
  if (!isAboutMail || responseCode === undefined || responseCode === 421)
    return { concerns: 'server', ...told }
  const isFinal = responseCode >= 500 && !isAboutUs(responseCode, response ?? '')
  return { concerns: isFinal ? 'refused' : 'mail', ...told }
}

/** We may not relay, or must sign in first: the operator can mend that (RFC 3463, section 3.8; RFC 4954, section 6). */
const isAboutUs = (reply: number, response: string): boolean =>
  reply === 530 || /^\d{3}[ -]5\.7\.\d+/.test(response)
