import { failure, isLocalName, type Result, success } from '@latchkey/jwt-middleware/contract'
import { redact } from '../validation/redact.ts'
import { emailProblem } from '../validation/validators.ts'

/** The mail server in SMTP_URL. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /**
   * `tls`: encrypted from the start. `starttls`: encrypted before anything is sent, or nothing is sent. `loopback`:
   * this machine; unencrypted unless the server offers STARTTLS.
   */
  readonly security: 'tls' | 'starttls' | 'loopback'
  readonly credentials: { readonly user: string; readonly password: string } | undefined
}

/** The sender of emails: MAIL_FROM. */
export interface MailSender {
  readonly name: string
  readonly address: string
}

const EXAMPLE = 'e.g. smtp://user:password@mail.example.com:587, or smtps://… for port 465'

/** Reads SMTP_URL. Problems do not quote it, since it may contain a password. */
export function readSmtpUrl(value: string | undefined): Result<SmtpServer | undefined, string> {
  if (!value) return success(undefined)
  const url = URL.canParse(value) ? new URL(value) : null
  const host = url && /^smtps?:$/.test(url.protocol) && hostOf(url)
  if (!url || !host) {
    return failure(`SMTP_URL is not the address of a mail server. Set it to one, ${EXAMPLE}`)
  }
  if (!['', '/'].includes(url.pathname) || url.search || url.hash) {
    return failure(
      `SMTP_URL contains more than the address of a mail server. Remove the path and parameters, and write ` +
        `/ ? # @ in a password as %2F %3F %23 %40; ${EXAMPLE}`,
    )
  }
  const [user, password] = [decode(url.username), decode(url.password)]
  if (user === null || password === null || (user === '') !== (password === '')) {
    return failure(`SMTP_URL has an unreadable user or password. Set both, and write % as %25; ${EXAMPLE}`)
  }
  const tls = url.protocol === 'smtps:'
  return success({
    host,
    port: Number(url.port) || (tls ? 465 : 587),
    security: tls ? 'tls' : isLoopback(host) ? 'loopback' : 'starttls',
    credentials: user === '' ? undefined : { user, password },
  })
}

/** Reads MAIL_FROM: a name with an address in angle brackets, or only an address. Required if email is sent. */
export function readMailFrom(
  value: string | undefined,
  required: boolean,
  brandName: string,
): Result<MailSender | undefined, string> {
  const remedy =
    'Set it to the sender of the emails, for example no-reply@example.com or Example <no-reply@example.com>'
  if (!value)
    return required ? failure(`MAIL_FROM is not set, but SMTP_URL is. ${remedy}`) : success(undefined)
  const [, name, address = value] = /^"?(.*?)"?\s*<([^<>]*)>$/.exec(value) ?? []
  return emailProblem(address) || /[<>"\p{C}]/u.test(name ?? '')
    ? failure(`MAIL_FROM is ${redact(value)}. ${remedy}`)
    : success({ name: name || brandName, address })
}

/** Whether a host, without brackets, is certainly this machine; names under `localhost` may be in DNS. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/** The settings that determine where email goes. */
export interface Mailing {
  readonly smtp: SmtpServer | undefined
  readonly authUrl: string
  readonly https: boolean
}

/** Whether users can read their emails: they are sent, or shown in the dev inbox. */
export const sendsMail = (config: Mailing): boolean => config.smtp !== undefined || hasDevInbox(config)

/** Whether the dev inbox is open: only if no email is sent, and only on a developer's machine. */
export const hasDevInbox = (config: Mailing): boolean =>
  config.smtp === undefined && !config.https && isLocalName(new URL(config.authUrl).hostname)

/** The host in lower case and punycode, which URL parsers do not produce for `smtp:`; without brackets. */
function hostOf({ hostname }: URL): string | null {
  if (hostname === '' || !URL.canParse(`http://${hostname}`)) return null
  return new URL(`http://${hostname}`).hostname.replace(/^\[|\]$/g, '')
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
