import { hasMailbox } from '../../../platform/config/mail-config.ts'
import { createSmtp, type DeliveryFailure } from '../../../platform/mail/smtp.ts'
import { type Check, findingsOf } from '../finding.ts'

const { ok, warn, fail } = findingsOf('mail')

/** Whether the mail server accepts the greeting, encryption and sign-in. Sends nothing. */
export const checkMail: Check = async ({ config }) => {
  const { smtp: server, mailFrom: from, authUrl } = config
  if (!server || !from) {
    return hasMailbox(config)
      ? [ok(`SMTP_URL is not set: mail is kept, to be read at ${authUrl}/mailbox`)]
      : [
          warn(
            'SMTP_URL is not set: mail is kept, and reaches nobody.',
            'Set SMTP_URL to your mail server, and MAIL_FROM to whom mails are from.',
          ),
        ]
  }
  const where = `${server.host}:${server.port}`
  const name = new URL(authUrl).hostname
  const smtp = createSmtp({ server, from, name, connections: 1 })
  try {
    const failed = await smtp.probe()
    if (failed) return [fail(`${where} does not let us in: ${told(failed)}.`, remedyFor(failed))]
    return [
      ok(
        `${where} lets us in${server.credentials ? ', signed in' : ''}. Whether it takes mail from ${from.address}, the first mail will show.`,
      ),
    ]
  } finally {
    smtp.close()
  }
}

const told = ({ code, command, reply }: DeliveryFailure): string =>
  [code, command && `at ${command}`, reply && `with ${reply}`].filter(Boolean).join(' ')

function remedyFor({ code }: DeliveryFailure): string {
  if (code === 'EAUTH') return 'Set the user and password in SMTP_URL as the mail server knows them.'
  if (code === 'ETLS' || code.includes('CERT') || code.includes('SSL')) {
    return 'It must offer TLS with a good certificate: smtps://… for port 465, smtp://… for STARTTLS at port 587.'
  }
  return 'Check host and port in SMTP_URL, whether the mail server is up, and whether a firewall is in between.'
}
