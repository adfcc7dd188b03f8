import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { ConnectionOptions } from 'pg-connection-string'
import { lazyPackage } from '../process/lazy.ts'

const library = lazyPackage<typeof import('pg-connection-string')>('pg-connection-string')

/** Parameters that the driver or this service uses. */
const KNOWN = [
  ...['host', 'port', 'user', 'password'],
  ...[
    'sslmode',
    'ssl',
    'sslcert',
    'sslkey',
    'sslrootcert',
    'sslnegotiation',
    'uselibpqcompat',
    'channel_binding',
  ],
  ...['application_name', 'fallback_application_name', 'client_encoding', 'options'],
  ...['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'],
  // Prisma's, to work around poolers: not needed here.
  'pgbouncer',
]

/** Parameters of other programs, which users may copy. */
const FOREIGN: Readonly<Record<string, string>> = {
  schema:
    'Set the schema with options=-c%20search_path%3Dname, or for the user: ALTER ROLE … SET search_path = name',
  search_path: 'Write options=-c%20search_path%3Dname',
  currentSchema: 'Write options=-c%20search_path%3Dname',
  dbname: 'Write the name of the database as the path, after the slash',
  database: 'Write the name of the database as the path, after the slash',
  connect_timeout: 'Leave it out: the timeout is always five seconds',
  query_timeout: 'Write statement_timeout, in milliseconds',
  connection_limit: 'Leave it out',
  pool_timeout: 'Leave it out',
  pool_size: 'Leave it out',
  target_session_attrs: 'Leave it out, and use the primary as host',
  sslaccept: 'Write sslmode, for example sslmode=no-verify',
  encoding: 'Write client_encoding',
  charset: 'Write client_encoding',
}

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

const ENCODE = 'Write / ? # @ : % in a user or password as %2F %3F %23 %40 %3A %25'
const EXAMPLE =
  'e.g. postgres://user:password@host:5432/name, or postgres://user@/name?host=/var/run/postgresql'

/** Reads a URL like the driver. Problems name the setting and do not quote the URL, which may contain a password. */
export function readPostgresUrl(url: string): Result<string, string> {
  const [, authority = ''] = /^\w+:\/\/([^/?#]*)/.exec(url) ?? []
  if (authority.slice(authority.lastIndexOf('@') + 1).includes(',')) {
    return failure(`lists several hosts, but only one is supported. Use the primary, or a pooler; ${EXAMPLE}`)
  }
  let server: ConnectionOptions
  try {
    server = library().parse(url)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    return failure(
      code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR'
        ? `refers to the file ${path}, which can't be read (${code}). Set sslcert, sslkey and sslrootcert to existing files`
        : `can't be read. ${ENCODE}; ${EXAMPLE}`,
    )
  }
  const { searchParams, hash } = new URL(`x:${url.slice(url.indexOf(':') + 1).replace(/^[^?#]*/, '')}`)
  if (hash) return failure(`has a #. ${ENCODE}`)
  for (const name of searchParams.keys()) {
    if (KNOWN.includes(name)) continue
    const remedy = FOREIGN[name]
    // Others are not quoted: a password with a ? is also read as parameters.
    return failure(
      remedy
        ? `has the parameter ${name}, which is not supported. ${remedy}`
        : `has a parameter that is not supported. ${ENCODE}. Supported: ${KNOWN.join(', ')}`,
    )
  }
  const mode = searchParams.get('sslmode')
  if (mode !== null && !SSL_MODES.includes(mode)) {
    return failure(`has an unknown sslmode. Set it to one of: ${SSL_MODES.join(', ')}`)
  }
  const { host, database } = server
  if (!host && !database) return failure(`does not name a server. Set it to the address of one, ${EXAMPLE}`)
  if (host && /[\s\\]/.test(host)) return failure(`has an invalid host. ${EXAMPLE}`)
  return success(url)
}

/** The driver's options beside the URL, from which it reads most parameters. */
export const postgresConnection = (url: string) => ({
  connectionString: url,
  enableChannelBinding: /[?&]channel_binding=(require|prefer)(&|$)/.test(url),
})
