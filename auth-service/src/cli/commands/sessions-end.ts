import { success } from '@latchkey/jwt-middleware/contract'
import { amount, type ServiceCommand } from '../command.ts'
import { findUser } from '../find-user.ts'

const end: ServiceCommand = {
  usage: 'EMAIL_OR_UUID',
  summary: 'ends all sessions of a user, in every app',
  operands: 1,
  async run({ users, sessions }, { operands: [who = ''] }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    const { id, email } = found.value
    const count = await sessions.endAll(id)
    if (count === 0) return success(`${email} has no sessions.`)
    return success(`Ended ${amount(count, 'session')} of ${email}. Apps reject them within a second.`)
  },
}

export const sessionsCommands = { end }
