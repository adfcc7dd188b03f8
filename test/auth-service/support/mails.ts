import { createMailEncryption } from '../../../auth-service/src/platform/mail/mail-encryption.ts'
import type { Service } from '../../../auth-service/src/service.ts'

/** The rows of the outbox, oldest first, with the decrypted content. Sent messages have none. */
export async function outboxOf({ database, config }: Pick<Service, 'database' | 'config'>) {
  const { db, outbox } = database
  const encryption = createMailEncryption({ secrets: config, database })
  const rows = await db.select().from(outbox).orderBy(outbox.id)
  return rows.map((row) => {
    const body = encryption.decrypt(row)
    if (!body) throw new Error('This email was encrypted with another SECRET_KEY.')
    return { ...row, ...body }
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
