import { success } from '@latchkey/jwt-middleware/contract'
import { findDuplicateAddresses } from '../../platform/database/data-migrations/canonical-addresses.ts'
import { asJson, JSON_OPTION, type ServiceCommand, table } from '../command.ts'

/** `latchkey users duplicates`: accounts from before an upgrade that have one address in two spellings. */
export const usersDuplicates: ServiceCommand = {
  usage: '[--json]',
  summary: 'lists accounts that share one address in two spellings; change the address of one, or delete it',
  operands: 0,
  options: JSON_OPTION,
  async run({ database }, { options }) {
    const found = await findDuplicateAddresses(database)
    if (options.json) {
      return success(
        asJson(
          found.map(({ person, email, other, otherEmail }) => ({
            uuid: person,
            email,
            other_uuid: other,
            other_email: otherEmail,
          })),
        ),
      )
    }
    if (found.length === 0) return success('Every account has its own address.')
    const rows = found.map(({ person, email, other, otherEmail }) => [email, person, otherEmail, other])
    return success(table(['EMAIL', 'ID', 'IS ALSO', 'OF'], rows))
  },
}
