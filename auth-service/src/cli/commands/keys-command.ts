import { failure, success } from '@latchkey/jwt-middleware/contract'
import { MAX_KEYS, PUBLISHED_BEFORE_USE } from '../../tokens/keys/key-rotation.ts'
import { asJson, JSON_OPTION, moment, type ServiceCommand, table } from '../command.ts'

const list: ServiceCommand = {
  usage: '[--json]',
  summary:
    'lists the signing keys: current (signs now), next (signs after the next rotation) and retiring (signed before)',
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
  summary: 'makes the next key the current one',
  operands: 0,
  options: { force: { type: 'boolean' } },
  async run({ keys }, { options }) {
    const outcome = await keys.rotate({ force: options.force === true })
    if (outcome.ok) {
      const { retiring, current, next } = outcome.value
      return success(
        `${current} is now the current key, and ${next} is next. ${retiring} stays published until its last token expires.`,
      )
    }
    if (outcome.reason === 'too_many') {
      return failure(
        `There are already ${MAX_KEYS} keys. Wait until a retiring key expires; see "latchkey keys list".`,
      )
    }
    return failure(
      `The next key was published less than ${PUBLISHED_BEFORE_USE} s ago. Apps that are disconnected from the feed ` +
        `may not have it yet. Wait ${outcome.wait} s, or use --force.`,
    )
  },
}

const remove: ServiceCommand = {
  usage: 'KID',
  summary: 'removes a key immediately (emergency): all tokens signed with it become invalid',
  operands: 1,
  async run({ keys }, { operands: [kid = ''] }) {
    return (await keys.remove(kid))
      ? success(
          `Removed ${kid}. Apps reject its tokens within seconds. Sessions signed with it must sign in again.`,
        )
      : failure(`There is no signing key ${kid}. See "latchkey keys list".`)
  },
}

export const keysCommands = { list, rotate, remove }
