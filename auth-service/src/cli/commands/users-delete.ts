import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { OPERATOR } from '../../events/audit-log.ts'
import { canonicalEmail } from '../../platform/validation/email-address.ts'
import type { User } from '../../users/users.ts'
import { asJson, type Given, JSON_OPTION, moment, type ServiceCommand } from '../command.ts'
import { findUser } from '../find-user.ts'
import type { Terminal } from '../terminal.ts'

/** `latchkey users delete`, like the user page for superusers. */
export const usersDelete: ServiceCommand = {
  usage: 'EMAIL_OR_UUID [--now] [--yes] [--json]',
  summary:
    'deletes a user after DELETION_GRACE unless they sign in before, or immediately with --now; asks for confirmation unless --yes is given',
  operands: 1,
  options: { ...JSON_OPTION, now: { type: 'boolean' }, yes: { type: 'boolean' } },
  async run({ users, adminDeletions }, given, terminal) {
    const { operands, options } = given
    const found = await findUser(users, operands[0] ?? '')
    if (!found.ok) return found
    const person = found.value
    const sure = await confirmed(person, given, terminal)
    if (!sure.ok) return sure
    const outcome = options.now
      ? await adminDeletions.atOnce(person, OPERATOR)
      : await adminDeletions.request(person, OPERATOR)
    const { uuid, email } = person
    if (!outcome.ok) {
      return outcome.reason === 'last_superuser'
        ? failure(`${email} is the last superuser. Make another user a superuser first.`)
        : failure(`${email} no longer exists.`)
    }
    const dueAt = outcome.value
    if (options.json) return success(asJson({ uuid, email, deletion_due_at: dueAt }))
    return dueAt === null
      ? success(`Deleted ${email} permanently. The apps are told to delete their data.`)
      : success(`Signed out ${email} everywhere. Permanent deletion: ${moment(dueAt)}.`)
  },
}

/** Asks for confirmation: the operator types the address, which identifies the user. */
async function confirmed(
  { email }: User,
  { options }: Given,
  terminal: Terminal,
): Promise<Result<null, string>> {
  if (options.yes) return success(null)
  if (!terminal.interactive) return failure('Not a terminal. Pass --yes to confirm.')
  const what = options.now ? 'deletes this account immediately and permanently' : 'deletes this account'
  const answer = await terminal.ask(`This ${what}. Type ${email} to continue:`)
  return canonicalEmail(answer.trim()) === canonicalEmail(email)
    ? success(null)
    : failure('That is not the address. Nothing was deleted.')
}
