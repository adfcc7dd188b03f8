import { and, eq, like, or, type SQL, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Identity, LocalUser } from '../users/store.ts'
import { mailboxKey } from './mailbox.ts'
import { unavailable } from './refusals.ts'
import type { UsersTable } from './user-schema-postgres.ts'

/** Marks the uuid of a row that has no account at the auth service yet. */
const UNLINKED = 'unlinked:'

/**
 * The uuid of a row from before the app used Latchkey: `UPDATE people SET uuid = 'unlinked:' || id`. Such rows can be
 * linked, all others never.
 */
export const unlinkedUuid = (id: number | string): string => `${UNLINKED}${id}`

/** A row of the app that has the email of a user who arrives for the first time. Has all columns of the table. */
export interface LinkCandidate extends LocalUser {
  readonly email: string
  readonly [column: string]: unknown
}

/** Link the user to the row of this id, create a new row (if `provisioning` allows it), or refuse the user. */
export type LinkDecision = { readonly link: number } | 'create' | 'refuse'

/**
 * Decides for a user without a row, whose email is confirmed. `candidates` are the unlinked rows with that email: often
 * one, or none.
 */
export type DecideLink = (
  user: Identity,
  candidates: readonly LinkCandidate[],
) => LinkDecision | Promise<LinkDecision>

/** Links the row if exactly one has the email, creates one if no row has it, and refuses if several have it. */
export const linkByEmail: DecideLink = (_user, candidates) => {
  const [only, second] = candidates
  if (only === undefined) return 'create'
  return second === undefined ? { link: only.id } : 'refuse'
}

/** What links rows in one database, in either dialect. */
export interface Linker {
  /** Links the row, unless it is linked by now. */
  link(id: number, uuid: string): Promise<boolean>
  candidates(email: string): Promise<LinkCandidate[]>
  unlinked(): Promise<LinkCandidate[]>
  /** The id of the row of this user. */
  idOf(uuid: string): Promise<number | undefined>
}

/** drizzle spells these statements alike in both dialects; SQLite's store casts. */
export function createLinker(db: NodePgDatabase, table: UsersTable, hasNonAscii: SQL): Linker {
  const isUnlinked = like(table.uuid, `${UNLINKED}%`)
  // drizzle's messages contain the values, such as emails.
  const failed = (error: unknown): never => {
    throw unavailable(error)
  }
  const select = async (where: SQL | undefined) =>
    (await db.select().from(table).where(where).orderBy(table.id).then(undefined, failed)) as LinkCandidate[]
  return {
    async link(id, uuid) {
      const linked = await db
        .update(table)
        .set({ uuid })
        .where(and(eq(table.id, id), isUnlinked))
        .returning({ id: table.id })
        .then(undefined, failed)
      return linked.length > 0
    },
    // Databases fold case differently, so that the last comparison is ours.
    async candidates(email) {
      const key = mailboxKey(email)
      const stored = sql`lower(trim(${table.email}))`
      const mayBe = or(eq(stored, key), eq(stored, email.toLowerCase()), hasNonAscii)
      return (await select(and(isUnlinked, mayBe))).filter((row) => mailboxKey(row.email) === key)
    },
    unlinked: () => select(isUnlinked),
    idOf: async (uuid) => (await select(eq(table.uuid, uuid)))[0]?.id,
  }
}

/** Decides and links for a user without a row. `existing` returns their row; `create` makes one if that is allowed. */
export async function linkVisitor(
  identity: Identity,
  linker: Linker,
  decide: DecideLink,
  rows: Record<'existing' | 'create', () => Promise<LocalUser | null>>,
): Promise<LocalUser | null> {
  const candidates = await linker.candidates(identity.email)
  if (candidates.length === 0 && !identity.emailVerified) return rows.create()
  if (!identity.emailVerified)
    return refuse(identity, candidates, 'the email is not confirmed. Let the user confirm it')
  const decision = await decide(identity, candidates)
  if (decision === 'create') return rows.create()
  if (decision === 'refuse') {
    // Another request of this user may have linked them in the meantime.
    const local = await rows.existing()
    if (local) return local
    const why =
      candidates.length > 1
        ? 'several rows have the email. Merge them, or'
        : 'the function `link` refused it. You can'
    return refuse(identity, candidates, `${why} set the uuid of the right row`)
  }
  if (!candidates.some(({ id }) => id === decision.link)) {
    return refuse(
      identity,
      candidates,
      'the function `link` named a row that is not a candidate. Return an id from the list',
    )
  }
  await linker.link(decision.link, identity.uuid)
  return (
    (await rows.existing()) ??
    refuse(identity, candidates, 'another user took the row. Set the uuid of the right row')
  )
}

/** Logged without the email: ids and the uuid suffice to look. */
function refuse(identity: Identity, candidates: readonly LinkCandidate[], reason: string): null {
  const ids = candidates.map(({ id }) => id).join(', ') || 'none'
  process.emitWarning(
    `The user ${identity.uuid} was not linked to a row of this app (candidates: ${ids}): ${reason}.`,
    {
      code: 'LATCHKEY_LINK',
    },
  )
  return null
}

/** A user as `latchkey users list --json` lists them. */
export interface AccountToLink {
  readonly uuid: string
  readonly email: string
  /** When the user confirmed the email; `null` if they did not. */
  readonly email_verified_at: number | string | null
}

/** What linking all users at once did, or would do. Rows by id, accounts by uuid. */
export interface LinkReport {
  readonly dryRun: boolean
  readonly linked: readonly { readonly id: number; readonly uuid: string }[]
  /** Several rows have the email, or several accounts, or the account has a row already, or someone linked the row. */
  readonly ambiguous: readonly { readonly ids: readonly number[]; readonly uuids: readonly string[] }[]
  /** The account did not confirm its email. */
  readonly unconfirmed: readonly { readonly id: number; readonly uuid: string }[]
  /** Rows that no account has the email of. */
  readonly unmatched: readonly number[]
}

/** Links rows to accounts by confirmed email, where exactly one has it on either side. */
export async function linkAll(
  linker: Linker,
  accounts: readonly AccountToLink[],
  dryRun: boolean,
): Promise<LinkReport> {
  const rows = Map.groupBy(await linker.unlinked(), ({ email }) => mailboxKey(email))
  const byEmail = Map.groupBy(accounts, ({ email }) => mailboxKey(email))
  const report = {
    dryRun,
    linked: [] as { id: number; uuid: string }[],
    ambiguous: [] as { ids: number[]; uuids: string[] }[],
    unconfirmed: [] as { id: number; uuid: string }[],
    unmatched: [] as number[],
  }
  for (const [email, group] of rows) {
    const [ids, found] = [group.map(({ id }) => id), byEmail.get(email) ?? []]
    const [id, account] = [ids[0], found[0]]
    const own = account && (await linker.idOf(account.uuid))
    if (id === undefined || account === undefined || email === '') report.unmatched.push(...ids)
    else if (ids.length > 1 || found.length > 1)
      report.ambiguous.push({ ids, uuids: found.map(({ uuid }) => uuid) })
    // Also if the list came without that column.
    else if (!account.email_verified_at) report.unconfirmed.push({ id, uuid: account.uuid })
    else if (own !== undefined) report.ambiguous.push({ ids: [own, id], uuids: [account.uuid] })
    else if (dryRun || (await linker.link(id, account.uuid))) report.linked.push({ id, uuid: account.uuid })
    else report.ambiguous.push({ ids: [id], uuids: [account.uuid] })
  }
  return report
}
