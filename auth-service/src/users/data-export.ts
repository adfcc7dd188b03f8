import { and, asc, eq, getTableColumns, or } from 'drizzle-orm'
import type { Database, Queries } from '../platform/database/open.ts'
import { canonicalEmail } from '../platform/validation/email-address.ts'
import type { User } from './users.ts'

/** All data stored about a user as JSON: times in seconds; without hashes, tokens and other secrets. */
export type UserDataExport = Readonly<Record<string, unknown>>

/** Collects it as a snapshot. Throws on an outage. */
export const exportUserData = (database: Database, person: User, at: number): Promise<UserDataExport> =>
  database.snapshot((queries) => gather(queries, person, at))

async function gather(queries: Queries, given: User, at: number): Promise<UserDataExport> {
  const { db, users, sessions, auditLog, groups, groupMembers, outbox, invitations, oneTimeTokens } = queries
  const { apiTokens, apiTokenApps, apps, oidcConsents, oidcRecords, oidcSignIns, samlSignIns } = queries
  // From the same snapshot.
  const [row] = await db.select().from(users).where(eq(users.id, given.id))
  const person = row ?? given
  // One after the other, since they share a connection.
  const memberships = await db
    .select({ name: groups.name })
    .from(groupMembers)
    .innerJoin(groups, eq(groups.id, groupMembers.groupId))
    .where(eq(groupMembers.userId, person.id))
    .orderBy(asc(groups.name))
  const signIns = await db
    .select({ ...getTableColumns(sessions), app: apps.name })
    .from(sessions)
    .leftJoin(apps, eq(apps.id, sessions.deviceAppId))
    .where(eq(sessions.userId, person.id))
    .orderBy(asc(sessions.createdAt))
  const history = await db
    .select()
    .from(auditLog)
    .where(eq(auditLog.subject, person.uuid))
    .orderBy(asc(auditLog.id))
  const mails = await db
    .select()
    .from(outbox)
    .where(or(eq(outbox.recipient, person.email), eq(outbox.person, person.uuid)))
    .orderBy(asc(outbox.id))
  const links = await db.select().from(oneTimeTokens).where(eq(oneTimeTokens.userId, person.id))
  const invited = await db
    .select()
    .from(invitations)
    .where(or(eq(invitations.acceptedBy, person.uuid), eq(invitations.email, person.email)))
    .orderBy(asc(invitations.id))
  const tokens = await db
    .select()
    .from(apiTokens)
    .where(eq(apiTokens.userId, person.id))
    .orderBy(asc(apiTokens.id))
  const accepting = await db
    .select({ tokenId: apiTokenApps.tokenId, name: apps.name })
    .from(apiTokenApps)
    .innerJoin(apps, eq(apps.id, apiTokenApps.appId))
    .innerJoin(apiTokens, eq(apiTokens.id, apiTokenApps.tokenId))
    .where(eq(apiTokens.userId, person.id))
    .orderBy(asc(apps.name))
  const consents = await db
    .select({ app: apps.name, scopes: oidcConsents.scopes, grantedAt: oidcConsents.grantedAt })
    .from(oidcConsents)
    .innerJoin(apps, eq(apps.id, oidcConsents.appId))
    .where(eq(oidcConsents.userId, person.id))
    .orderBy(asc(apps.name))
  const appSignIns = await db
    .select({ app: apps.name, sid: oidcSignIns.sid, createdAt: oidcSignIns.createdAt })
    .from(oidcSignIns)
    .innerJoin(apps, eq(apps.id, oidcSignIns.appId))
    .where(eq(oidcSignIns.sub, person.uuid))
    .orderBy(asc(oidcSignIns.createdAt), asc(apps.name))
  const sessionConsents = await db
    .select({ payload: oidcRecords.payload })
    .from(oidcRecords)
    .innerJoin(sessions, eq(sessions.id, oidcRecords.sid))
    .where(and(eq(oidcRecords.model, 'DocumentConsent'), eq(sessions.userId, person.id)))
  const providerSignIns = await db
    .select({
      app: apps.name,
      sid: samlSignIns.sid,
      nameId: samlSignIns.nameId,
      createdAt: samlSignIns.createdAt,
    })
    .from(samlSignIns)
    .innerJoin(apps, eq(apps.id, samlSignIns.appId))
    .innerJoin(sessions, eq(sessions.id, samlSignIns.sid))
    .where(eq(sessions.userId, person.id))
    .orderBy(asc(samlSignIns.createdAt), asc(apps.name))
  return {
    exported_at: at,
    profile: profileOf(person),
    groups: memberships.map(({ name }) => name),
    sessions: signIns.map((row) => ({
      id: row.id,
      created_at: row.createdAt,
      last_used_at: row.lastUsedAt,
      expires_at: row.idleExpiresAt,
      ends_with_browser: !row.isPersistent,
      user_agent: row.userAgent,
      address: row.address,
      // Of a device that signed in with a code; null for browsers.
      app: row.app,
    })),
    api_tokens: tokens.map((row) => ({
      name: row.name,
      apps: row.allApps
        ? 'all'
        : accepting.filter(({ tokenId }) => tokenId === row.id).map(({ name }) => name),
      scopes: JSON.parse(row.scopes),
      created_at: row.createdAt,
      expires_at: row.expiresAt,
      user_agent: row.userAgent,
      address: row.address,
      last_used_at: row.lastUsedAt,
      last_used_app: row.lastUsedApp,
      last_used_address: row.lastUsedAddress,
    })),
    // Apps that sign in by OpenID Connect.
    connected_apps: [
      ...consents.map((row) => ({
        app: row.app,
        scopes: JSON.parse(row.scopes),
        allowed_at: row.grantedAt,
      })),
      // Apps that no administrator registered, in one session each.
      ...sessionConsents.map(({ payload }) => {
        const { clientId, scopes, grantedAt } = JSON.parse(payload)
        return { app: clientId, scopes, allowed_at: grantedAt }
      }),
    ],
    app_sign_ins: appSignIns.map((row) => ({
      app: row.app,
      session_id: row.sid,
      signed_in_at: row.createdAt,
    })),
    // Apps that sign in by SAML.
    saml_sign_ins: providerSignIns.map((row) => ({
      app: row.app,
      session_id: row.sid,
      known_there_as: row.nameId,
      signed_in_at: row.createdAt,
    })),
    history: history.map((row) => ({
      at: row.at,
      event: row.event,
      by_yourself: row.actor === row.subject,
      session_id: row.sid,
      user_agent: row.userAgent,
      address: row.address,
      details: JSON.parse(row.details),
    })),
    // Without texts, whose links open the account.
    mails: mails.map((row) => ({
      to: row.recipient,
      subject: row.subject,
      created_at: row.createdAt,
      sent_at: row.sentAt,
    })),
    links_sent: links.map((row) => ({
      purpose: row.purpose,
      email: row.email,
      created_at: row.createdAt,
      expires_at: row.expiresAt,
    })),
    invitations: invited.map((row) => ({
      email: row.email,
      created_at: row.createdAt,
      expires_at: row.expiresAt,
      accepted_at: row.acceptedAt,
    })),
  }
}

const profileOf = (person: Omit<User, 'groups'>) => ({
  uuid: person.uuid,
  email: person.email,
  email_canonical: canonicalEmail(person.email),
  email_verified_at: person.emailVerifiedAt,
  unconfirmed_since: person.unconfirmedSince,
  first_name: person.firstName,
  last_name: person.lastName,
  is_active: person.isActive,
  is_staff: person.isStaff,
  is_superuser: person.isSuperuser,
  created_at: person.createdAt,
  changed_at: person.changedAt,
  version: person.version,
  last_login_at: person.lastLoginAt,
  deletion_due_at: person.deletionDueAt,
  language: person.language,
  time_zone: person.timeZone,
})
