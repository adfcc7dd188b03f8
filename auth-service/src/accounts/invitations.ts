import { and, desc, eq, gt, isNull, lt, lte, or, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import { type Mailing, sendsMail } from '../platform/config/mail-config.ts'
import { hashOfSecret } from '../platform/crypto/opaque-secret.ts'
import { randomToken, readToken } from '../platform/crypto/random-id.ts'
import type { Database } from '../platform/database/open.ts'
import { INVITATIONS_PAGE, type PageOf, pageOf } from '../platform/database/pagination.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import { type Message, message } from '../platform/i18n/message.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import { readInput } from '../platform/validation/input.ts'
import type { User, Users } from '../users/users.ts'
import { type InvitationInput, invitationInput } from './invitation-input.ts'
import { invitationMail } from './mails/invitation.ts'

/** Permission to register, for one user. Times in seconds. */
export interface Invitation {
  readonly id: number
  /** The recipient's address; `null` if anyone with the link may register. */
  readonly email: string | null
  /** Whether the new user becomes staff. */
  readonly isStaff: boolean
  /** Uuid of the inviting user. */
  readonly invitedBy: string | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly acceptedAt: number | null
  /** Uuid of the new user. */
  readonly acceptedBy: string | null
}

export type InvitationResult =
  | {
      readonly ok: true
      readonly invitation: Invitation
      /** The link to pass on; `null` if it was emailed, since opening it confirms the address. */
      readonly link: string | null
    }
  | {
      readonly ok: false
      readonly errors: Readonly<Partial<Record<'email' | 'is_staff' | 'form', Message>>>
    }

/**
 * Invitations, each valid for one registration, even while registration is closed. Every method throws on an outage.
 */
export interface Invitations {
  /** Latest first, in pages. */
  list(after: number | null): Promise<PageOf<Invitation, number>>
  /**
   * Emails a link, or creates one for anyone. The email is in the language of the inviter, who probably shares it with
   * the recipient; English on the command line.
   */
  invite(input: InvitationInput, by: Actor): Promise<InvitationResult>
  /** Replaces the link with a new one of the same lifetime; `null` if there is no open invitation. */
  resend(id: number, by: Actor): Promise<InvitationResult | null>
  /** Withdraws an open invitation; `false` if there is none. */
  revoke(id: number, by: Actor): Promise<boolean>
  /** The invitation of a link that is still valid. */
  find(token: unknown): Promise<Invitation | null>
  /** The same, and claims it for five minutes; of simultaneous claims, one succeeds. */
  claim(token: unknown): Promise<Invitation | null>
  /** Releases a claim after a failed registration, unless it has expired and another has claimed it. */
  release(claimed: Invitation): Promise<void>
  /** Records the new user of a claimed invitation. */
  markUsed(id: number, person: User, by: Actor): Promise<void>
  /** Deletes old ones; returns how many. */
  deleteExpired(): Promise<number>
}
/** Seconds for which a link is valid. */
export const INVITATION_TTL = 7 * 86_400
/**
 * Seconds after which a claim is void: its process has finished or died by then. It needs a few statements, each of ten
 * seconds at most.
 */
export const CLAIM_TTL = 300
/** Seconds for which an expired one is listed. */
const MEMORY = 90 * 86_400

const NO_MAIL = message(
  'This service sends no email. Leave this empty to get a link that you pass on yourself, or set SMTP_URL.',
)

export interface InvitationsOptions {
  readonly config: Sender & Mailing
  readonly database: Database
  readonly users: Pick<Users, 'findByEmail'>
  readonly audit: Pick<Audit, 'step'>
  readonly mail: Pick<Mail, 'send' | 'step' | 'wake'>
  readonly now: () => number
}

/** The invitations in the database, with hashes of their tokens. */
export function createInvitations(options: InvitationsOptions): Invitations {
  const { config, database, users, audit, mail, now } = options
  const { db, invitations } = database
  const linkOf = (token: string) => `${config.authUrl}/register?${new URLSearchParams({ invitation: token })}`

  const step = (event: AuditEvent, by: Actor, details: object, which = sql``) =>
    audit.step(
      { event, subject: null, actor: by.uuid, sid: null, device: by.device, details: { ...details } },
      which,
    )

  const factsOf = (email: string | null, isStaff: boolean) => ({
    email: email ?? 'anybody',
    is_staff: isStaff,
  })

  const letter = (to: string, token: string, expiresAt: number, { device }: Actor) => ({
    to,
    ...invitationMail(languageOfReader(device), config, { link: linkOf(token), expiresAt }),
  })

  async function written(token: string, row: Row | undefined): Promise<InvitationResult | null> {
    if (!row) return null
    if (row.email !== null) mail.wake()
    return { ok: true, invitation: invitationOf(row), link: row.email === null ? linkOf(token) : null }
  }

  /** Not accepted, and not claimed. */
  const isFree = () =>
    or(
      isNull(invitations.acceptedAt),
      and(isNull(invitations.acceptedBy), lte(invitations.acceptedAt, unixTime(now) - CLAIM_TTL)),
    )

  const isOpen = () => and(isFree(), gt(invitations.expiresAt, unixTime(now)))

  function invitationOf({ tokenHash: _hash, ...invitation }: Row): Invitation {
    const { acceptedAt, acceptedBy } = invitation
    const isVoid = acceptedBy === null && acceptedAt !== null && acceptedAt <= unixTime(now) - CLAIM_TTL
    return isVoid ? { ...invitation, acceptedAt: null } : invitation
  }

  const withToken = (given: unknown) => {
    const token = readToken(given)
    return token === null ? null : and(eq(invitations.tokenHash, hashOfSecret(token)), isOpen())
  }

  return {
    async list(after) {
      const rows = await db
        .select()
        .from(invitations)
        .where(after === null ? undefined : lt(invitations.id, after))
        .orderBy(desc(invitations.id))
        .limit(INVITATIONS_PAGE + 1)
      return pageOf(rows.map(invitationOf), ({ id }) => id, INVITATIONS_PAGE)
    },
    async invite(input, by) {
      const read = readInput(invitationInput, input)
      if (!read.ok) return read
      const { email: to, is_staff: isStaff } = read.value
      if (to !== null && !sendsMail(config)) return { ok: false, errors: { email: NO_MAIL } }
      if (to !== null && (await users.findByEmail(to))) {
        return {
          ok: false,
          errors: { email: message('An account with this email address already exists.') },
        }
      }
      const token = randomToken()
      const [createdAt, expiresAt] = [unixTime(now), unixTime(now) + INVITATION_TTL]
      const row = {
        tokenHash: hashOfSecret(token),
        email: to,
        isStaff,
        invitedBy: by.uuid,
        createdAt,
        expiresAt,
      }
      const results = await database.transaction((handle) => [
        handle.insert(invitations).values(row).returning(),
        step('invited', by, factsOf(to, isStaff)),
        ...(to === null ? [] : [mail.step(letter(to, token, expiresAt, by), sql``)]),
      ])
      return (await written(token, results[0]?.[0] as Row)) as InvitationResult
    },
    async resend(id, by) {
      const [before] = await db.select().from(invitations).where(eq(invitations.id, id))
      if (!before) return null
      if (before.email !== null && !sendsMail(config)) return { ok: false, errors: { form: NO_MAIL } }
      const token = randomToken()
      const expiresAt = unixTime(now) + INVITATION_TTL
      const which = and(eq(invitations.id, id), isFree())
      const { email, isStaff } = before
      const results = await database.transaction((handle) => [
        ...lockRows(database, invitations, eq(invitations.id, id)),
        step('invitation_resent', by, factsOf(email, isStaff), sql`FROM ${invitations} WHERE ${which}`),
        handle
          .update(invitations)
          .set({ tokenHash: hashOfSecret(token), expiresAt, acceptedAt: null })
          .where(which)
          .returning(),
      ])
      const [row] = results.at(-1) as readonly Row[]
      // Not earlier: an invitation accepted meanwhile must not cause an expired link.
      if (row?.email) await mail.send(letter(row.email, token, expiresAt, by))
      return written(token, row)
    },
    async revoke(id, by) {
      const which = and(eq(invitations.id, id), isFree())
      const [before] = await db.select().from(invitations).where(which)
      if (!before) return false
      const results = await database.transaction((handle) => [
        ...lockRows(database, invitations, eq(invitations.id, id)),
        step(
          'invitation_revoked',
          by,
          factsOf(before.email, before.isStaff),
          sql`FROM ${invitations} WHERE ${which}`,
        ),
        handle.delete(invitations).where(which).returning({ id: invitations.id }),
      ])
      return results.at(-1)?.length === 1
    },
    async find(token) {
      const which = withToken(token)
      if (!which) return null
      const [row] = await db.select().from(invitations).where(which)
      return row ? invitationOf(row) : null
    },
    async claim(token) {
      const which = withToken(token)
      if (!which) return null
      const [row] = await db
        .update(invitations)
        .set({ acceptedAt: unixTime(now) })
        .where(which)
        .returning()
      return row ? invitationOf(row) : null
    },
    async release({ id, acceptedAt }) {
      const nobodyCame = and(
        eq(invitations.id, id),
        isNull(invitations.acceptedBy),
        acceptedAt === null ? undefined : eq(invitations.acceptedAt, acceptedAt),
      )
      await db.update(invitations).set({ acceptedAt: null }).where(nobodyCame)
    },
    async markUsed(id, person, by) {
      const entry = {
        event: 'invitation_accepted',
        subject: person.uuid,
        actor: by.uuid,
        sid: null,
        device: by.device,
        details: { invitation: id },
      } as const
      await database.transaction((handle) => [
        handle
          .update(invitations)
          .set({ acceptedBy: person.uuid })
          .where(eq(invitations.id, id))
          .returning({ id: invitations.id }),
        audit.step(entry, sql``),
      ])
    },
    async deleteExpired() {
      const old = lte(invitations.expiresAt, unixTime(now) - MEMORY)
      return (await db.delete(invitations).where(old).returning({ id: invitations.id })).length
    },
  }
}

type Row = Database['invitations']['$inferSelect']
