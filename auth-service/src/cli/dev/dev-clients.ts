import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { OPERATOR } from '../../events/audit-log.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import type { Service } from '../../service.ts'
import { DEV_FOLDER, inTurn } from './dev-folder.ts'

/** The credentials of an app on another domain, as its `.env` has them. */
export interface DevClient {
  readonly clientId: string
  readonly clientSecret: string
}

const FILE = 'oidc-apps.json'
const CLIENTS = v.record(v.string(), v.object({ clientId: v.string(), clientSecret: v.string() }))

/** The addresses at which `oidc()` of the middleware answers. */
export const callbackOf = (origin: string): string => `${origin}/auth/callback`

/** What was issued for each origin, since the database has only hashes; nothing if the file was damaged. */
export function readDevClients(folder = DEV_FOLDER): Readonly<Record<string, DevClient>> {
  try {
    const read = v.safeParse(CLIENTS, JSON.parse(readFileSync(join(folder, FILE), 'utf8')))
    return read.success ? read.output : {}
  } catch {
    return {}
  }
}

/**
 * Makes the registered app at this origin a client of OpenID Connect, unless it is one, and returns its credentials: those
 * of the last start, as long as they are valid. Several processes take turns, so that all print the same ones.
 */
export const ensureDevClient = (
  { apps, appCredentials, oidcClients }: Service,
  origin: string,
  folder = DEV_FOLDER,
): Promise<Result<DevClient, string>> =>
  inTurn(folder, async () => {
    await apps.reload()
    const app = apps.at(origin)
    if (!app) throw new Error(`${origin} is not registered`)
    if (!app.oidc) {
      const beside = (name: string) => `${origin}/auth/${name}`
      await oidcClients.set(
        app.id,
        {
          redirect_uris: [callbackOf(origin)],
          post_logout_redirect_uris: [beside('signed-out')],
          back_channel_logout_uri: beside('back-channel-logout'),
          first_party: true,
        },
        OPERATOR,
      )
    }
    const known = readDevClients(folder)[origin]
    if (known && (await appCredentials.authenticate(known.clientId, known.clientSecret)) !== null)
      return success(known)
    const issued = await appCredentials.issue(app.id, OPERATOR)
    if (!issued.ok) {
      return failure(
        `${app.name} has two other secrets. Revoke one: npx latchkey apps show ${shellWord(app.name)}, and apps revoke-secret.`,
      )
    }
    const { clientId, clientSecret } = issued.value
    await write(folder, { ...readDevClients(folder), [origin]: { clientId, clientSecret } })
    return success({ clientId, clientSecret })
  })

async function write(folder: string, clients: Readonly<Record<string, DevClient>>): Promise<void> {
  const part = join(folder, `${FILE}.${process.pid}`)
  await writeFile(part, JSON.stringify(clients), { mode: 0o600 })
  await rename(part, join(folder, FILE))
}
