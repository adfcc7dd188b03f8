import { hasDevInbox } from '../../../platform/config/mail-config.ts'
import { createSmtp, type DeliveryFailure } from '../../../platform/mail/smtp.ts'
import { type Check, findingsOf } from '../finding.ts'

const { ok, warn, fail } = findingsOf('mail')

/** Whether the mail server accepts the greeting, encryption and sign-in. Sends nothing. */
export const checkMail: Check = async ({ config }) => {
  const { smtp: server, mailFrom: from, authUrl } = config
  if (!server || !from) {
    return hasDevInbox(config)
      ? [ok(`SMTP_URL is not set: emails are stored. Read them at ${authUrl}/mailbox`)]
      : [
          warn(
            'SMTP_URL is not set: emails are stored and not sent.',
            'Set SMTP_URL to your mail server, and MAIL_FROM to the sender of the emails.',
          ),
        ]
  }
  const where = `${server.host}:${server.port}`
  const name = new URL(authUrl).hostname
  const smtp = createSmtp({ server, from, name, connections: 1 })
  try {
    const failed = await smtp.probe()
    if (failed)
      return [fail(`${where} rejected the connection: ${describeFailure(failed)}.`, remedyFor(failed))]
    return [
      ok(
        `${where} accepts connections${server.credentials ? ' and our sign-in' : ''}. Not checked: whether it accepts email from ${from.address}.`,
      ),
    ]
  } finally {
    smtp.close()
  }
}

const describeFailure = ({ code, command, reply }: DeliveryFailure): string =>
  [code, command && `at ${command}`, reply && `with ${reply}`].filter(Boolean).join(' ')

function remedyFor({ code }: DeliveryFailure): string {
  if (code === 'EAUTH') return 'Check the user and password in SMTP_URL.'
  if (code === 'ETLS' || code.includes('CERT') || code.includes('SSL')) {
    return 'The server must offer TLS with a valid certificate: smtps://… for port 465, smtp://… for STARTTLS on port 587.'
  }
  return 'Check the host and port in SMTP_URL, whether the mail server is running, and whether a firewall blocks it.'
}
