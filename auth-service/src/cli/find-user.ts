import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { User, Users } from '../users/users.ts'

/** The user with this email or uuid, or an error message. */
export async function findUser(
  users: Pick<Users, 'findByEmail' | 'findByUuid'>,
  who: string,
): Promise<Result<User, string>> {
  const person = await (who.includes('@') ? users.findByEmail(who) : users.findByUuid(who.toLowerCase()))
  return person
    ? success(person)
    : failure(`There is no user ${who}. Pass an email address, or the ID from the account page.`)
}
