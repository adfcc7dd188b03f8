import { success } from '@latchkey/jwt-middleware/contract'
import { asJson, type ServiceCommand } from '../command.ts'
import { findUser } from '../find-user.ts'

export const exportUser: ServiceCommand = {
  usage: 'EMAIL_OR_UUID',
  summary: 'prints all stored data of a user as JSON, without password hashes and other secrets',
  operands: 1,
  async run({ users, exportUser }, { operands: [who = ''] }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    return success(asJson(await exportUser(found.value)))
  },
}
