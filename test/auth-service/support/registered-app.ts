import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import type { Service } from '../../../auth-service/src/service.ts'

/** A registered app with credentials, and the header with which it sends them. */
export async function registerApp(
  { apps, appCredentials }: Pick<Service, 'apps' | 'appCredentials'>,
  name: string,
) {
  const input = {
    name,
    token_scopes: '*',
    origins: [`https://${name.toLowerCase().replaceAll(' ', '-')}.example.com`],
  }
  const created = await apps.create(input, OPERATOR)
  if (!created.ok) throw new Error(`${name} already exists.`)
  const issued = await appCredentials.issue(created.value.id, OPERATOR)
  if (!issued.ok) throw new Error(issued.reason)
  const { clientId, clientSecret } = issued.value
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  return { ...created.value, clientId, clientSecret, headers: { authorization: basic } }
}
