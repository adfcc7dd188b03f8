import { success } from '@latchkey/jwt-middleware/contract'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { amount, type ServiceCommand } from '../command.ts'
import { findUser } from '../find-user.ts'

const end: ServiceCommand = {
  usage: 'EMAIL_OR_UUID',
  summary: 'ends all sessions of a user, in every app',
  operands: 1,
  async run({ users, sessions, apiTokens }, { operands: [who = ''] }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    const { id, email } = found.value
    const count = await sessions.endAll(id)
    const tokens = (await apiTokens.list(found.value)).length
    const also =
      tokens === 0
        ? ''
        : `\n${amount(tokens, 'API token')} still valid: latchkey tokens revoke ${shellWord(email)} --all`
    if (count === 0) return success(`${email} has no sessions.${also}`)
    return success(`Ended ${amount(count, 'session')} of ${email}. Apps reject them within a second.${also}`)
  },
}

export const sessionsCommands = { end }
