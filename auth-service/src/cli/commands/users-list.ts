import { failure, success } from '@latchkey/jwt-middleware/contract'
import { and, asc, type Column, eq, getTableColumns, gt, inArray, type SQL } from 'drizzle-orm'
import { OPERATOR } from '../../events/audit-log.ts'
import type { Database } from '../../platform/database/open.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import type { Service } from '../../service.ts'
import type { PersonPatch } from '../../users/administration.ts'
import { idsOfMatches } from '../../users/directory.ts'
import { groupNamesOf } from '../../users/groups/names.ts'
import type { User } from '../../users/users.ts'
import { amount, asJson, JSON_OPTION, moment, type Outcome, type ServiceCommand, table } from '../command.ts'
import { findUser } from '../find-user.ts'
import type { Terminal } from '../terminal.ts'
import { usersDelete } from './users-delete.ts'
import { usersDuplicates } from './users-duplicates.ts'

/** Users per query. */
const PAGE = 1000

const list: ServiceCommand = {
  usage: '[--search TEXT] [--staff] [--superuser] [--inactive] [--json]',
  summary:
    'lists users, optionally those with these words in their email or names; --no-staff and the like list the others',
  operands: 0,
  options: {
    ...JSON_OPTION,
    search: { type: 'string' },
    staff: { type: 'boolean' },
    superuser: { type: 'boolean' },
    inactive: { type: 'boolean' },
  },
  async run({ database }, { options }, terminal) {
    const { users } = database
    const flag = (column: Column, wanted: unknown) => (wanted === undefined ? undefined : eq(column, wanted))
    const which = and(
      flag(users.isStaff, options.staff),
      flag(users.isSuperuser, options.superuser),
      flag(users.isActive, options.inactive === undefined ? undefined : !options.inactive),
    )
    const search = (options.search as string | undefined)?.trim()
    const people = search
      ? await readMatches(database, search, which, terminal)
      : await readAll(database, which, terminal)
    if (options.json) return success(asJson(people.map(factsOf)))
    if (people.length === 0) return success('No matching users.')
    const rows = people.map((person) => [
      person.email,
      [person.firstName, person.lastName].filter(Boolean).join(' '),
      flagsOf(person),
      person.lastLoginAt === null ? 'never' : moment(person.lastLoginAt),
      person.uuid,
    ])
    return success(table(['EMAIL', 'NAME', 'FLAGS', 'LAST SIGN-IN', 'ID'], rows))
  },
}

function read(database: Database, which: SQL | undefined): Promise<User[]> {
  const { db, users } = database
  const columns = { ...getTableColumns(users), groups: groupNamesOf(database) }
  return db.select(columns).from(users).where(which).orderBy(asc(users.id)).limit(PAGE)
}

async function readAll(database: Database, which: SQL | undefined, terminal: Terminal): Promise<User[]> {
  const people: User[] = []
  for (let last = 0; ; ) {
    const page = await read(database, and(gt(database.users.id, last), which))
    people.push(...page)
    last = page.at(-1)?.id ?? last
    if (page.length < PAGE) return people
    terminal.progress(`Reading: ${amount(people.length, 'user')}`)
  }
}

/** The users that a search in the administration finds, oldest first. */
async function readMatches(
  database: Database,
  search: string,
  which: SQL | undefined,
  terminal: Terminal,
): Promise<User[]> {
  const pages: User[][] = []
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const ids = await idsOfMatches(database, search, before, PAGE)
    if (ids.length > 0) pages.unshift(await read(database, and(inArray(database.users.id, ids), which)))
    before = ids.at(-1) ?? before
    if (ids.length < PAGE) return pages.flat()
    terminal.progress(`Reading: ${amount(pages.flat().length, 'user')}`)
  }
}

const show: ServiceCommand = {
  usage: 'EMAIL_OR_UUID [--json]',
  summary: 'shows one user',
  operands: 1,
  options: JSON_OPTION,
  async run({ users, sessions }, { operands: [who = ''], options }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    const person = found.value
    const count = await sessions.count(person.id)
    if (options.json) return success(asJson({ ...factsOf(person), sessions: count }))
    const time = (at: number | null) => (at === null ? '—' : moment(at))
    const rows = [
      ['Email', person.email],
      ['Confirmed', time(person.emailVerifiedAt)],
      ['Name', [person.firstName, person.lastName].filter(Boolean).join(' ') || '—'],
      ['ID', person.uuid],
      ['Flags', flagsOf(person)],
      ['Groups', person.groups.join(', ') || '—'],
      ['Sessions', String(count)],
      ['Since', time(person.createdAt)],
      ['Last sign-in', time(person.lastLoginAt)],
      ...(person.deletionDueAt === null ? [] : [['To be deleted', time(person.deletionDueAt)]]),
    ]
    return success(table([], rows).trimStart())
  },
}

const deactivate: ServiceCommand = {
  usage: 'EMAIL_OR_UUID',
  summary: "disables a user: their sessions end in every app, and they can't sign in",
  operands: 1,
  run: (service, { operands: [who = ''] }) => change(service, who, { isActive: false }),
}

const activate: ServiceCommand = {
  usage: 'EMAIL_OR_UUID',
  summary: 'enables a disabled user',
  operands: 1,
  run: (service, { operands: [who = ''] }) => change(service, who, { isActive: true }),
}

const setFlags: ServiceCommand = {
  usage: 'EMAIL_OR_UUID [--staff | --no-staff] [--superuser | --no-superuser]',
  summary: 'grants or removes rights of a user; apps see the change within a second',
  operands: 1,
  options: { staff: { type: 'boolean' }, superuser: { type: 'boolean' } },
  async run(service, { operands: [who = ''], options }) {
    const { staff: isStaff, superuser: isSuperuser } = options as { staff?: boolean; superuser?: boolean }
    const patch = {
      ...(isStaff !== undefined && { isStaff }),
      ...(isSuperuser !== undefined && { isSuperuser }),
    }
    return Object.keys(patch).length === 0
      ? failure('Pass at least one of --staff, --no-staff, --superuser, --no-superuser.')
      : change(service, who, patch)
  },
}

const resetLink: ServiceCommand = {
  usage: 'EMAIL_OR_UUID [--json]',
  summary: 'prints a link for choosing a new password, to pass on yourself; for a service without email',
  operands: 1,
  options: JSON_OPTION,
  async run({ users, passwordReset }, { operands: [who = ''], options }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    const { uuid, email, isActive } = found.value
    if (!isActive)
      return failure(
        `${email} is disabled. Enable the account first: latchkey users activate ${shellWord(email)}`,
      )
    const link = await passwordReset.createResetLink(found.value)
    return success(
      options.json
        ? asJson({ uuid, email, link })
        : `The first person to open this link within an hour can set the password of ${email}:\n${link}`,
    )
  },
}

async function change({ users, administration }: Service, who: string, patch: PersonPatch): Promise<Outcome> {
  const found = await findUser(users, who)
  if (!found.ok) return found
  const { uuid, email } = found.value
  const news = Object.entries(patch).filter(([name, value]) => found.value[name as keyof User] !== value)
  if (news.length === 0) return success(`Nothing to do: ${email} is already ${flagsOf(found.value)}.`)
  const changed = await administration.change(uuid, patch, OPERATOR)
  if (changed.ok) return success(`${email} is now ${flagsOf(changed.value)}.`)
  return changed.reason === 'last_superuser'
    ? failure(`${email} is the last superuser. Make another user a superuser first.`)
    : failure(`${email} no longer exists.`)
}

const flagsOf = ({ isActive, isStaff, isSuperuser }: User): string =>
  [isActive ? 'active' : 'disabled', isStaff && 'staff', isSuperuser && 'superuser']
    .filter(Boolean)
    .join(', ')

const factsOf = (person: User) => ({
  uuid: person.uuid,
  email: person.email,
  first_name: person.firstName,
  last_name: person.lastName,
  is_active: person.isActive,
  is_staff: person.isStaff,
  is_superuser: person.isSuperuser,
  groups: person.groups,
  created_at: person.createdAt,
  last_login_at: person.lastLoginAt,
  email_verified_at: person.emailVerifiedAt,
  deletion_due_at: person.deletionDueAt,
})

export const usersCommands = {
  list,
  show,
  activate,
  deactivate,
  'set-flags': setFlags,
  'reset-link': resetLink,
  delete: usersDelete,
  duplicates: usersDuplicates,
}
