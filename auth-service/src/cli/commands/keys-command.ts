import { failure, success } from '@latchkey/jwt-middleware/contract'
import { MAX_KEYS, PUBLISHED_BEFORE_USE } from '../../tokens/keys/key-rotation.ts'
import { asJson, JSON_OPTION, moment, type ServiceCommand, table } from '../command.ts'

const list: ServiceCommand = {
  usage: '[--json]',
  summary: 'shows the signing keys: current signs, next will, retiring ones did',
  operands: 0,
  options: JSON_OPTION,
  async run({ keys }, { options }) {
    const all = await keys.list()
    if (options.json) {
      const facts = all.map(({ kid, alg, state, createdAt, changedAt }) => ({
        kid,
        alg,
        state,
        created_at: createdAt,
        changed_at: changedAt,
      }))
      return success(asJson(facts))
    }
    const rows = all.map(({ kid, alg, state, changedAt }) => [kid, alg, state, moment(changedAt)])
    return success(table(['KID', 'ALG', 'STATE', 'SINCE'], rows))
  },
}

const rotate: ServiceCommand = {
  usage: '[--force]',
  summary: 'lets the next key sign from now on',
  operands: 0,
  options: { force: { type: 'boolean' } },
  async run({ keys }, { options }) {
    const outcome = await keys.rotate({ force: options.force === true })
    if (outcome.ok) {
      const { retiring, current, next } = outcome.value
      return success(
        `${current} signs from now on, and ${next} comes next. ${retiring} stays published until what it signed is dead.`,
      )
    }
    if (outcome.reason === 'too_many') {
      return failure(
        `There are ${MAX_KEYS} keys already. Wait until retiring ones are dead; "latchkey keys list" shows them.`,
      )
    }
    return failure(
      `The next key was published less than ${PUBLISHED_BEFORE_USE} s ago, so that apps which are cut off from the feed ` +
        `may not know it. Wait ${outcome.wait} s, or use --force.`,
    )
  },
}

const remove: ServiceCommand = {
  usage: 'KID',
  summary: 'withdraws a key at once, in an emergency: nothing that it signed is believed any more',
  operands: 1,
  async run({ keys }, { operands: [kid = ''] }) {
    return (await keys.remove(kid))
      ? success(
          `${kid} is removed. Apps refuse what it signed within seconds; whoever has a refresh token of it signs in again.`,
        )
      : failure(`There is no signing key ${kid}. "latchkey keys list" shows those there are.`)
  },
}

export const keysCommands = { list, rotate, remove }
