import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { User, Users } from '../users/users.ts'

/** The user with this email or uuid, or an error message. */
export async function findPerson(
  users: Pick<Users, 'findByEmail' | 'findByUuid'>,
  who: string,
): Promise<Result<User, string>> {
  const person = await (who.includes('@') ? users.findByEmail(who) : users.findByUuid(who.toLowerCase()))
  return person
    ? success(person)
    : failure(`Nobody is known as ${who}. Give an e-mail, or the id that people find on their account page.`)
}
