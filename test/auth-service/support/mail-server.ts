import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import type { Config } from '../../../auth-service/src/platform/config/config.ts'
import { readMailFrom, readSmtpUrl } from '../../../auth-service/src/platform/config/mail-config.ts'

/** A message as the server received it. */
export interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  /** Header names and values, unfolded, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Whether it arrived over TLS. */
  readonly secure: boolean
  /** The authenticated user, if any. */
  readonly user: string | undefined
}

export interface MailServer {
  readonly port: number
  readonly received: readonly Received[]
  /** The number of connections so far. */
  readonly connections: () => number
  stop(): Promise<void>
}

export interface MailServerOptions extends SMTPServerOptions {
  readonly port?: number
  /** Called with each complete message before the 250 response; can throw another response. */
  readonly take?: (mail: Received, cut: () => void) => void
}

/** A real SMTP server that accepts everything by default. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { port = 0, take = () => {}, ...more } = options
  const received: Received[] = []
  let connections = 0
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    async onData(stream, session, callback) {
      const mail = receivedOf(await text(stream), session)
      try {
        take(mail, () => cut(server, session))
        received.push(mail)
        callback()
      } catch (error) {
        callback(error as Error)
      }
    },
    ...more,
  })
  server.on('error', () => {})
  server.on('connect', () => {
    connections++
  })
  server.listen(port, '0.0.0.0')
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    connections: () => connections,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** A response instead of 250. */
export const reply = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode })

/** Settings that send email to a server on this machine. */
export function smtpSettings(port: number, url = 'smtp://127.0.0.1'): Pick<Config, 'smtp' | 'mailFrom'> {
  const smtp = readSmtpUrl(`${url}:${port}`)
  const mailFrom = readMailFrom('Latchkey <no-reply@example.com>', true, '')
  if (!smtp.ok || !mailFrom.ok) throw new Error('These are no settings.')
  return { smtp: smtp.value, mailFrom: mailFrom.value }
}

/** The value of a header that occurs once. */
export function headerOf(mail: Received | undefined, name: string): string {
  const values = mail?.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()) ?? []
  if (values.length !== 1) throw new Error(`${name} is there ${values.length} times.`)
  return values[0]?.[1] ?? ''
}

/** One part of a message. */
export interface MailPart {
  readonly type: string
  readonly charset: string | undefined
  /** Decoded, without the line end before the next part. */
  readonly text: string
}

/** The parts of a `multipart/alternative`, in order (RFC 2046, section 5.1.4). */
export function partsOf(mail: Received): MailPart[] {
  const boundary = /^multipart\/alternative;.*boundary="([^"]+)"/.exec(headerOf(mail, 'Content-Type'))?.[1]
  if (!boundary) throw new Error(`This mail is ${headerOf(mail, 'Content-Type')}.`)
  const [, ...rest] = mail.raw.split(`--${boundary}`)
  if (!rest.pop()?.startsWith('--')) throw new Error('This mail does not end.')
  return rest.map((part) => {
    const end = part.indexOf('\r\n\r\n')
    const [head, body] = [part.slice(0, end).replace(/\r\n[ \t]+/g, ' '), part.slice(end + 4)]
    const [, type = '', charset] = /^Content-Type: ([^;\r]+)(?:; charset=([\w-]+))?/im.exec(head) ?? []
    const encoding = /^Content-Transfer-Encoding: (\S+)/im.exec(head)?.[1]
    const bytes = encoding === 'quoted-printable' ? unquoted(body) : Buffer.from(body)
    const decoded = encoding === 'base64' ? Buffer.from(body, 'base64') : bytes
    return { type, charset, text: decoded.toString().replace(/\r\n$/, '') }
  })
}

/** The bytes of a text as quoted-printable (RFC 2045, section 6.7). */
export const unquoted = (text: string): Buffer =>
  Buffer.from(
    text
      .replace(/=\r\n/g, '')
      .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

function receivedOf(raw: string, session: SMTPServerSession): Received {
  const { mailFrom, rcptTo } = session.envelope
  const [head = ''] = raw.split('\r\n\r\n', 1)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  return {
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map(({ address }) => address),
    raw,
    headers: lines.map((line) => {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? ['', line]
      return [name, value] as const
    }),
    secure: session.secure,
    user: session.user,
  }
}

/** Closes a session's connection without a response. */
function cut(server: SMTPServer, session: SMTPServerSession): void {
  for (const connection of server.connections) {
    if (connection.session.id === session.id) connection._socket.destroy()
  }
}
