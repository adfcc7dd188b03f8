import { failure, success } from '@latchkey/jwt-middleware/contract'
import { OPERATOR } from '../../events/audit-log.ts'
import { type Device, deviceName } from '../../platform/client/device.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { tokenJson } from '../../tokens/api-tokens/api-token.ts'
import type { ApiTokenErrors } from '../../tokens/api-tokens/api-tokens.ts'
import { asJson, JSON_OPTION, moment, type ServiceCommand, table } from '../command.ts'
import { findApp } from '../find-registered-app.ts'
import { findUser } from '../find-user.ts'

const create: ServiceCommand = {
  usage:
    'EMAIL_OR_UUID --name NAME [--app APP …] [--scope PERMISSION …] [--expires 30d|90d|1y|never|DATE] [--json]',
  summary: 'creates an API token of a user, for all apps or for those named, and prints it; it is shown once',
  operands: 1,
  options: {
    ...JSON_OPTION,
    name: { type: 'string' },
    app: { type: 'string', multiple: true },
    scope: { type: 'string', multiple: true },
    expires: { type: 'string' },
  },
  async run({ users, apiTokens, apps: registered }, { operands: [who = ''], options }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    const { name, app, scope = [], expires } = options
    const chosen = (Array.isArray(app) ? app : []).map((which) => findApp(registered, which))
    const missing = chosen.find((one) => !one.ok)
    if (missing && !missing.ok) return missing
    const apps = app === undefined ? 'all' : chosen.flatMap((one) => (one.ok ? [one.value.name] : []))
    const created = await apiTokens.create(found.value, { name, apps, scopes: scope, expires }, OPERATOR)
    if (!created.ok) return failure(errorsInWords(created.errors))
    const { token, secret } = created
    if (options.json) return success(asJson({ ...tokenJson(token), token: secret }))
    const end = token.expiresAt === null ? 'It never expires' : `It expires at ${moment(token.expiresAt)}`
    return success(`An API token of ${found.value.email}. ${end}, and can't be shown again:\n${secret}`)
  },
}

const list: ServiceCommand = {
  usage: 'EMAIL_OR_UUID [--json]',
  summary: 'lists the API tokens of a user, without their values',
  operands: 1,
  options: JSON_OPTION,
  async run({ users, apiTokens }, { operands: [who = ''], options }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    const all = await apiTokens.list(found.value)
    if (options.json) return success(asJson(all.map(tokenJson)))
    if (all.length === 0) return success(`${found.value.email} has no API tokens.`)
    const rows = all.map(({ id, name, apps, scopes, createdAt, expiresAt, device, lastUse }) => [
      id,
      name,
      apps?.join(', ') ?? 'all',
      scopes.join(' ') || '—',
      expiresAt === null ? 'never' : moment(expiresAt),
      lastUse === null ? 'never' : `${moment(lastUse.at)}, ${lastUse.app}`,
      [moment(createdAt), ...creatorOf(device)].join(', '),
    ])
    return success(table(['ID', 'NAME', 'APPS', 'SCOPES', 'EXPIRES', 'LAST USE', 'CREATED'], rows))
  },
}

const revoke: ServiceCommand = {
  usage: 'EMAIL_OR_UUID ID | EMAIL_OR_UUID --all',
  summary: 'revokes an API token of a user, or all of them: apps refuse them within a second',
  operands: [1, 2],
  options: { all: { type: 'boolean' } },
  async run({ users, apiTokens }, { operands: [who = '', id], options }) {
    const found = await findUser(users, who)
    if (!found.ok) return found
    const user = found.value
    if ((id === undefined) !== (options.all === true)) {
      return failure('Pass the ID of one token (see "latchkey tokens list"), or --all.')
    }
    if (id === undefined) {
      const count = await apiTokens.revokeAll(user, OPERATOR)
      return success(count === 0 ? `${user.email} has no API tokens.` : `Revoked ${count} of ${user.email}.`)
    }
    return (await apiTokens.revoke(user, id, OPERATOR))
      ? success(`Revoked ${id}.`)
      : failure(`${user.email} has no API token ${id}. See "latchkey tokens list ${shellWord(user.email)}".`)
  },
}

/** The options that fields of a token are called here. */
const OPTIONS: Readonly<Record<string, string>> = {
  name: '--name: ',
  apps: '--app: ',
  scopes: '--scope: ',
  expires: '--expires: ',
}

const errorsInWords = (errors: ApiTokenErrors): string =>
  Object.entries(errors)
    .map(([field, words]) => `${OPTIONS[field] ?? ''}${words}`)
    .join(' ')

/** The device and address that created a token; nothing for the command. */
const creatorOf = ({ userAgent, address }: Device): string[] =>
  userAgent === '' && address === '' ? ['latchkey'] : [deviceName(userAgent), address].filter(Boolean)

export const tokensCommands = { create, list, revoke }
