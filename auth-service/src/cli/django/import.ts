import { setImmediate } from 'node:timers/promises'
import { inArray, or } from 'drizzle-orm'
import type { Database } from '../../platform/database/open.ts'
import { FIELD_NAMES } from './csv-headings.ts'
import { type WriteOptions, writeGroups, writePeople } from './insert.ts'
import type { Dump } from './parse-dump.ts'
import { createDuplicateFilter, type PreparedUser, prepareUser } from './prepare-user.ts'
import { readCandidate } from './validate-user.ts'

/** The result of an import. */
export interface ImportReport {
  readonly imported: readonly ImportedPerson[]
  /** Users who already existed, and were not changed. */
  readonly alreadyHere: number
  readonly skipped: readonly { readonly at: string; readonly reason: string }[]
  readonly notes: readonly { readonly at: string; readonly note: string }[]
}

export interface ImportedPerson {
  readonly at: string
  readonly username: string
  readonly uuid: string
  readonly email: string
  readonly isSuperuser: boolean
  /** Whether Django had another name for them than this uuid. */
  readonly isNewUuid: boolean
}

export interface ImportOptions extends WriteOptions {
  /** Size limit for the names of one user's groups, in bytes: see group-budget.ts. */
  readonly room: number
  /** Reports the result without writing. */
  readonly dryRun: boolean
  /** Called after each batch with the number of users processed so far, and of all users. */
  readonly onProgress: (done: number, all: number) => void
  /** Stops the export between two batches by throwing its reason. */
  readonly signal: AbortSignal
}

/** Users per transaction: with 15 columns each, below the parameter limits of SQLite and Postgres. */
const BATCH = 500

/** Imports the users of a dump in batches; existing users are not changed. */
export async function importDump(dump: Dump, options: ImportOptions): Promise<ImportReport> {
  const skipped = [...dump.unreadable]
  const notes: { at: string; note: string }[] = [...notesOfColumns(dump), ...notesOfPermissions(dump)]
  const imported: ImportedPerson[] = []
  let alreadyHere = 0
  const unique = createDuplicateFilter()

  if (!options.dryRun) await writeGroups(dump, options)
  for (let start = 0; start < dump.people.length; start += BATCH) {
    // On SQLite nothing else yields to the event loop, and Ctrl-C would not be noticed.
    await setImmediate()
    options.signal.throwIfAborted()
    const batch: PreparedUser[] = []
    for (const entry of dump.people.slice(start, start + BATCH)) {
      const read = readCandidate(entry, dump)
      const reason = read.ok ? unique(read.value) : read.reason
      if (!read.ok || reason !== undefined) skipped.push({ at: entry.at, reason: reason ?? '' })
      else batch.push(prepareUser(read.value, options.room))
    }
    const { strangers, conflicts, here } = await tellApart(batch, options.database)
    skipped.push(...conflicts)
    const arrived = options.dryRun ? strangers : await writePeople(strangers, options)
    alreadyHere += here + strangers.length - arrived.length
    for (const { at, username, uuid, email, isSuperuser, isNewUuid, notes: own } of arrived) {
      imported.push({ at, username, uuid, email, isSuperuser, isNewUuid })
      notes.push(...own.map((note) => ({ at, note })))
    }
    options.onProgress(Math.min(start + BATCH, dump.people.length), dump.people.length)
  }
  return { imported, alreadyHere, skipped, notes }
}

function notesOfColumns({ unknownColumns }: Dump) {
  if (unknownColumns.length === 0) return []
  const names = unknownColumns.map((name) => `"${name}"`).join(', ')
  return [{ at: 'columns', note: `${names} can't be imported. Columns can be: ${FIELD_NAMES.join(', ')}.` }]
}

/** Noted once: in a project with permissions, every user may have some. */
function notesOfPermissions({ permitted: { people, groups } }: Dump) {
  if (people + groups === 0) return []
  const note =
    `Permissions of users (${people}) and groups (${groups}) were not imported. Latchkey has none; apps decide by ` +
    'is_staff, is_superuser and the names of groups.'
  return [{ at: 'permissions', note }]
}

/** Finds existing users, and addresses that belong to another user. */
async function tellApart(batch: readonly PreparedUser[], { db, users }: Database) {
  if (batch.length === 0) return { strangers: [], conflicts: [], here: 0 }
  const rows = await db
    .select({ uuid: users.uuid, canonical: users.emailCanonical })
    .from(users)
    .where(
      or(
        inArray(
          users.uuid,
          batch.map(({ uuid }) => uuid),
        ),
        inArray(
          users.emailCanonical,
          batch.map(({ canonical }) => canonical),
        ),
      ),
    )
  const uuids = new Set(rows.map(({ uuid }) => uuid))
  const owners = new Map(rows.map(({ uuid, canonical }) => [canonical, uuid]))
  const rest = batch.filter(({ uuid }) => !uuids.has(uuid))
  // A user who got a new uuid at the first import is found only by the address.
  const conflicts = rest
    .filter(({ isNewUuid, canonical }) => !isNewUuid && owners.has(canonical))
    .map(({ at, canonical }) => ({
      at,
      reason: `Its email address belongs to another user here, with the UUID ${owners.get(canonical)}.`,
    }))
  const strangers = rest.filter(({ canonical }) => !owners.has(canonical))
  return { strangers, conflicts, here: batch.length - strangers.length - conflicts.length }
}
