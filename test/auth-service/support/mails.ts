import type { Service } from '../../../auth-service/src/service.ts'

/** What was mailed so far, the first first. */
export async function mailsOf({ database }: Pick<Service, 'database'>) {
  const { db, outbox } = database
  return db
    .select({ to: outbox.recipient, subject: outbox.subject, text: outbox.text, html: outbox.html })
    .from(outbox)
    .orderBy(outbox.id)
}

/** Path and query of the one link in the last mail to this address that leads to a token's page. */
export async function linkIn(service: Pick<Service, 'database' | 'config'>, to: string): Promise<string> {
  const { text = '' } = (await mailsOf(service)).findLast((mail) => mail.to === to) ?? {}
  const links = text.match(/^https?:\/\/\S+token=\S+$/gm) ?? []
  const [link = ''] = links
  if (links.length !== 1 || !link.startsWith(`${service.config.authUrl}/`))
    throw new Error(`No link for ${to}.`)
  return link.slice(service.config.authUrl.length)
}
