import { failure, success } from '@latchkey/jwt-middleware'
import type { Command } from './command.ts'

const end: Command = {
  usage: 'EMAIL_OR_UUID',
  summary: 'ends all sessions of a person, in every app',
  operands: 1,
  async run({ users, sessions }, { operands: [who = ''] }) {
    const person = await (who.includes('@') ? users.findByEmail(who) : users.findByUuid(who.toLowerCase()))
    if (!person) {
      return failure(
        `Nobody is known as ${who}. Give an e-mail, or the id that people find on their account page.`,
      )
    }
    const count = await sessions.endAll(person.id)
    if (count === 0) return success(`${person.email} has no sessions.`)
    return success(
      `Ended ${count} ${count === 1 ? 'session' : 'sessions'} of ${person.email}. Apps refuse them within a second.`,
    )
  },
}

export const sessionsCommands = { end }
