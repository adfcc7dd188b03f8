import { createMailEncryption } from '../../../auth-service/src/platform/mail/mail-encryption.ts'
import { createMailReader, type MailReader } from '../../../auth-service/src/platform/mail/mail-reader.ts'
import { MAIL_TEMPLATES, type Service } from '../../../auth-service/src/service.ts'

/** Reads the emails of a service, as it does when it sends them. */
export function mailReaderOf({ database, config }: Pick<Service, 'database' | 'config'>): MailReader {
  const encryption = createMailEncryption({ secrets: config, database })
  return createMailReader({ sender: config, encryption, templates: MAIL_TEMPLATES, locate: () => null })
}

/** The rows of the outbox, oldest first, with their content. Sent messages have none. */
export async function outboxOf(service: Pick<Service, 'database' | 'config'>) {
  const { db, outbox } = service.database
  const reader = mailReaderOf(service)
  const rows = await db.select().from(outbox).orderBy(outbox.id)
  return rows.map((row) => {
    const mail = reader(row)
    if (!mail.ok) throw new Error(`This email can't be read: ${mail.reason}.`)
    return { ...row, ...mail.value }
  })
}

/** All emails so far, oldest first. */
export async function mailsOf(service: Pick<Service, 'database' | 'config'>) {
  const rows = await outboxOf(service)
  return rows.map(({ recipient, subject, text, html }) => ({ to: recipient, subject, text, html }))
}

/** Path and query of the only token link in the last email to this address. */
export async function linkIn(service: Pick<Service, 'database' | 'config'>, to: string): Promise<string> {
  const { text = '' } = (await mailsOf(service)).findLast((mail) => mail.to === to) ?? {}
  const links = text.match(/^https?:\/\/\S+token=\S+$/gm) ?? []
  const [link = ''] = links
  if (links.length !== 1 || !link.startsWith(`${service.config.authUrl}/`))
    throw new Error(`No link for ${to}.`)
  return link.slice(service.config.authUrl.length)
}
