import { failure, success } from '@latchkey/jwt-middleware/contract'
import { readConfig } from '../../platform/config/config.ts'
import { isPostgresUrl } from '../../platform/database/open.ts'
import { PEOPLE_VIEW } from '../../platform/database/people-view.ts'
import type { BareCommand } from '../command.ts'

export const grantReader: BareCommand = {
  usage: 'ROLE [--create]',
  summary: `lets a role of Postgres read the view ${PEOPLE_VIEW}, for authDatabase() in apps; --create creates it and prints its address once`,
  operands: 1,
  options: { create: { type: 'boolean' } },
  async runBare(env, { operands: [role = ''], options }) {
    const config = readConfig(env)
    const url = config.databaseUrlDirect ?? config.databaseUrl
    if (!isPostgresUrl(url)) {
      return failure(
        'SQLite has no roles: file permissions say who may read the file, and an app that may read it reads everything in it.',
      )
    }
    const { grantReader } = await import('../../platform/database/grant-reader.ts')
    const granted = await grantReader(url, role, { create: options.create === true })
    if (!granted.ok) return granted
    const { database, password } = granted.value
    return success(
      [
        `The role "${role}" can read the view ${PEOPLE_VIEW} in the database "${database}", and no table of the auth service.`,
        ...(options.create && password === null
          ? ['The role already existed: its password is unchanged.']
          : []),
        password === null
          ? 'For authDatabase() in an app:'
          : 'For authDatabase() in an app. The password can’t be shown again:',
        `AUTH_DATABASE_URL=${addressFor(url, role, password ?? 'PASSWORD')}`,
      ].join('\n'),
    )
  },
}

/** The address without what is the service's own; the driver reads other parameters for apps, too. */
function addressFor(databaseUrl: string, role: string, password: string): string {
  const userinfo = `${encodeURIComponent(role)}:${encodeURIComponent(password)}`
  // `URL` can't read an address that has a user but no host, which is how an address with a socket looks.
  const [, authority = '', path = '', query = ''] =
    /^\w+:\/\/([^/?#]*)([^?#]*)\??(.*)$/.exec(databaseUrl) ?? []
  const kept = new URLSearchParams(query)
  for (const name of ['user', 'password', 'options', 'sslcert', 'sslkey']) kept.delete(name)
  const parameters = kept.size > 0 ? `?${kept}` : ''
  return `postgres://${userinfo}@${authority.slice(authority.lastIndexOf('@') + 1)}${path}${parameters}`
}
