import { eq, sql } from 'drizzle-orm'
import type { AdapterPayload } from 'oidc-provider'
import type { RegisteredApp } from '../apps/apps.ts'
import type { OidcClient } from '../apps/oidc-client-input.ts'
import type { Actor } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { randomToken } from '../platform/crypto/random-id.ts'
import type { Database } from '../platform/database/open.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import type { DeviceRequests, WaitingDevice } from '../tokens/device-requests.ts'
import { type Session, type Sessions, UserChanged } from '../tokens/sessions/sessions.ts'
import type { User } from '../users/users.ts'
import { mayUse } from './access-to-app.ts'
import type { OidcConsents } from './consents.ts'
import { familyIdOf } from './family-session-id.ts'
import { subjectOf } from './interactions.ts'
import { deviceSignedInMail } from './mails/device-signed-in.ts'
import { acrOf, SCOPES, type Scope } from './oidc-claims.ts'
import type { OidcRecords } from './records.ts'
import type { FamilySession, OidcSignIns } from './sign-ins.ts'

/** What a device of an app asks its user for. */
export interface DeviceSignIn {
  readonly app: RegisteredApp & { readonly clientId: string; readonly oidc: OidcClient }
  readonly scopes: readonly Scope[]
  /** `max_age`: the longest time since the user proved who they are, in seconds; `null` for any. */
  readonly maxAge: number | null
  /** The uuid of the user that the app expects, by an ID token from before; `null` for any. */
  readonly wantedUser: string | null
}

/** The sign-ins of devices, which their users allow in a browser. Every method throws on an outage. */
export interface DeviceSignIns {
  /** What the request asks for; `null` if its app may no longer ask, or it asks for an API token. */
  read(request: WaitingDevice): DeviceSignIn | null
  /**
   * Signs the device in, as the user of the session with this id, in a session of its own: it ends like every other, and
   * not with that of the browser. `false` if it no longer waits, or the user may not use the app.
   */
  allow(request: WaitingDevice, user: User, sid: string, by: Actor): Promise<boolean>
}

export interface DeviceSignInsOptions {
  readonly config: Pick<Config, 'sessionMaxAge'>
  readonly database: Database
  readonly appOf: (clientId: string) => RegisteredApp | null
  readonly requests: DeviceRequests
  readonly sessions: Pick<Sessions, 'start' | 'end'>
  readonly signIns: Pick<OidcSignIns, 'session' | 'authorizations' | 'store'>
  readonly consents: Pick<OidcConsents, 'scopes' | 'give'>
  readonly records: Pick<OidcRecords, 'store'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly now: () => number
}

export function createDeviceSignIns(options: DeviceSignInsOptions): DeviceSignIns {
  const { config, database, appOf, requests, sessions, signIns, consents, records, mail, now } = options
  const { deviceRequests, users } = database

  function read({ oidc }: WaitingDevice): DeviceSignIn | null {
    if (oidc === null) return null
    const { clientId = '', params = {} } = JSON.parse(oidc) as AdapterPayload
    const app = appOf(clientId)
    if (!app?.oidc?.deviceFlow) return null
    const asked = params as Readonly<Record<string, string | undefined>>
    const { scope = '', prompt, id_token_hint } = asked
    // oidc-provider stores a `max_age` of 0 as this prompt.
    const max_age = prompt === 'login' ? '0' : asked.max_age
    return {
      app: { ...app, clientId, oidc: app.oidc },
      scopes: SCOPES.filter((one) => scope.split(' ').includes(one)),
      maxAge: max_age === undefined ? null : Number(max_age),
      wantedUser: id_token_hint === undefined ? null : subjectOf(id_token_hint),
    }
  }

  /** The session of the device; `null` if the user has changed in the meantime. */
  async function startSession(user: User, device: Device, { amr }: FamilySession, appId: number) {
    try {
      const { session } = await sessions.start(user, device, true, amr ?? undefined, appId)
      return session
    } catch (error) {
      if (error instanceof UserChanged) return null
      throw error
    }
  }

  /** Stores the grant of a session, and the sign-in that its app hears the end of. */
  async function authorize({ app, scopes }: DeviceSignIn, { id: sid }: Session, sub: string) {
    const { id: appId, clientId } = app
    const grantId = randomToken()
    const iat = unixTime(now)
    const ttl = config.sessionMaxAge
    const grant = {
      kind: 'Grant',
      iat,
      exp: iat + ttl,
      accountId: sub,
      clientId,
      openid: { scope: scopes.join(' ') },
    }
    const { [clientId]: known } = await signIns.authorizations(sid, [{ clientId, appId }])
    const clientSid = known?.sid ?? ''
    await records.store('Grant', grantId, grant, { ttl, sid, appId })
    await signIns.store({ sid, sub }, [{ appId, clientSid, grantId }])
    return { grantId, clientSid }
  }

  /** Completes what oidc-provider stores of the request, and tells the user; `false` if everything was ended since. */
  async function complete(request: WaitingDevice, app: string, user: User, by: Actor, added: object) {
    const oidc = JSON.stringify({ ...JSON.parse(request.oidc ?? '{}'), ...added })
    const which = sql`${eq(deviceRequests.hash, request.hash)} AND ${eq(deviceRequests.userId, user.id)}`
    const { userAgent, address } = request.device
    const results = await database.transaction((handle) => [
      mail.step(
        {
          to: users.email,
          person: user.uuid,
          template: deviceSignedInMail,
          facts: { at: request.createdAt, userAgent, address, app },
          readers: [user, by.device],
        },
        sql`FROM ${users} WHERE ${eq(users.id, user.id)} AND EXISTS (SELECT 1 FROM ${deviceRequests} WHERE ${which})`,
      ),
      handle.update(deviceRequests).set({ oidc }).where(which).returning({ hash: deviceRequests.hash }),
    ])
    mail.wake()
    return results.at(-1)?.length === 1
  }

  return {
    read,
    async allow(request, user, sid, by) {
      const asked = read(request)
      const browser = await signIns.session(sid)
      if (!asked || browser?.sub !== user.uuid || !mayUse(asked.app.oidc, user)) return false
      const { app, scopes } = asked
      // Of two answers at once, one goes on.
      if (!(await requests.decide(request, user, true, by.device))) return false
      const session = await startSession(user, request.device, browser, app.id)
      if (!session) {
        await requests.remove(request)
        return false
      }
      if (!app.oidc.isFirstParty) {
        const known = await consents.scopes(user.uuid, app.id)
        if (!scopes.every((scope) => known.includes(scope))) await consents.give(user, app, scopes, by)
      }
      const { grantId, clientSid } = await authorize(asked, session, user.uuid)
      const acr = acrOf(browser.amr)
      const isComplete = await complete(request, app.name, user, by, {
        accountId: user.uuid,
        authTime: browser.authenticatedAt,
        ...(acr !== undefined && { acr }),
        ...(browser.amr && { amr: [browser.amr] }),
        grantId,
        scope: scopes.join(' '),
        sessionUid: familyIdOf(session.id),
        ...(app.oidc.backChannelLogoutUri !== null && { sid: clientSid }),
      })
      if (!isComplete) await sessions.end(session.id)
      return isComplete
    },
  }
}
