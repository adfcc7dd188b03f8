import { failure, success } from '@latchkey/jwt-middleware/contract'
import { entityIdOf } from '../../saml/saml-routes.ts'
import { asJson, JSON_OPTION, moment, type ServiceCommand, table } from '../command.ts'

const list: ServiceCommand = {
  usage: '[--json]',
  summary:
    'lists the keys that sign SAML messages: current (signs now), next (signs after the next rotation) and retiring (signed before)',
  operands: 0,
  options: JSON_OPTION,
  async run({ saml }, { options }) {
    const all = await saml.keys.list()
    if (options.json) {
      const facts = all.map(({ id, state, certificate, createdAt, changedAt }) => ({
        id,
        state,
        certificate,
        created_at: createdAt,
        changed_at: changedAt,
      }))
      return success(asJson(facts))
    }
    if (all.length === 0) return success('No keys yet. The first one is made when an app uses SAML.')
    const rows = all.map(({ id, state, changedAt }) => [id, state, moment(changedAt)])
    return success(table(['ID', 'STATE', 'SINCE'], rows))
  },
}

const add: ServiceCommand = {
  usage: '',
  summary: 'makes the next key for SAML, and adds its certificate to the metadata',
  operands: 0,
  async run({ config, saml }) {
    const added = await saml.keys.add()
    return added
      ? success(
          `${added.id} is the next key. Give all apps the metadata with both certificates: ${entityIdOf(config.authUrl)}\nThen: latchkey saml-keys rotate`,
        )
      : failure('There is a next key already. See "latchkey saml-keys list".')
  },
}

const rotate: ServiceCommand = {
  usage: '',
  summary: 'makes the next key for SAML the current one; apps that do not know it refuse all sign-ins',
  operands: 0,
  async run({ saml }) {
    const rotated = await saml.keys.rotate()
    return rotated.ok
      ? success(
          `${rotated.value.id} signs from now on. The earlier certificate stays in the metadata until you remove it: latchkey saml-keys remove ID`,
        )
      : failure('There is no next key. Make one, and give all apps its certificate: latchkey saml-keys add')
  },
}

const remove: ServiceCommand = {
  usage: 'ID',
  summary: 'removes a retiring or next key for SAML, and its certificate from the metadata',
  operands: 1,
  async run({ saml }, { operands: [id = ''] }) {
    const removed = await saml.keys.remove(id)
    if (removed.ok) return success(`Removed ${id}.`)
    return failure(
      removed.reason === 'current'
        ? `${id} is the current key. Rotate first: latchkey saml-keys rotate`
        : `There is no key ${id} for SAML. See "latchkey saml-keys list".`,
    )
  },
}

export const samlKeysCommands = { list, add, rotate, remove }
