import { failure, success } from '@latchkey/jwt-middleware/contract'
import type { OidcClientInput } from '../../apps/oidc-client-input.ts'
import { clientDetailsOf } from '../../apps/oidc-clients.ts'
import { OPERATOR } from '../../events/audit-log.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { missingGroups } from '../../users/groups/missing-groups.ts'
import { amount, asJson, type Given, JSON_OPTION, listOf, type ServiceCommand } from '../command.ts'
import { findApp } from '../find-registered-app.ts'
import { readKeysOption } from '../keys-option.ts'

const set: ServiceCommand = {
  usage:
    'APP [--redirect-uri URI …] [--post-logout-redirect-uri URI …] [--auth-method METHOD] [--keys URL|FILE] [--first-party] [--back-channel-logout-uri URI] [--group NAME …] [--all-users] [--device-flow] [--json]',
  summary:
    'lets an app sign users in by OpenID Connect, or changes how; what no option names stays as it is, and an empty value ("") removes what it names. The methods are client_secret_basic (the default), client_secret_post, private_key_jwt with --keys, and none',
  operands: 1,
  options: {
    ...JSON_OPTION,
    'redirect-uri': { type: 'string', multiple: true },
    'post-logout-redirect-uri': { type: 'string', multiple: true },
    'auth-method': { type: 'string' },
    keys: { type: 'string' },
    'first-party': { type: 'boolean' },
    'back-channel-logout-uri': { type: 'string' },
    group: { type: 'string', multiple: true },
    'all-users': { type: 'boolean' },
    'device-flow': { type: 'boolean' },
  },
  async run({ apps, config, groups, oidc: { devices }, oidcClients }, { operands: [which = ''], options }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    if (options.group !== undefined && options['all-users'] === true) {
      return failure('Pass --group or --all-users, not both.')
    }
    const { keys: given, 'auth-method': method = found.value.oidc?.authMethod } = options
    if (given && method !== 'private_key_jwt') {
      return failure(
        '--keys is for apps that prove themselves with a key. Add: --auth-method private_key_jwt',
      )
    }
    const keys = given === undefined ? success(undefined) : readKeysOption(String(given))
    if (!keys.ok) return keys
    const changed = await oidcClients.set(found.value.id, { ...inputOf(options), keys: keys.value }, OPERATOR)
    if (!changed) return failure(`Someone has just removed ${found.value.name}.`)
    if (!changed.ok) {
      if ('now' in changed) return failure(`Someone has just changed ${found.value.name}. Try again.`)
      return failure(Object.values(changed.errors).map(String).join(' '))
    }
    const { id, name, clientId, oidc } = changed.value
    if (options.json)
      return success(asJson({ name, client_id: clientId, ...(oidc && clientDetailsOf(oidc)) }))
    const unknown = await missingGroups(groups, oidc?.groups)
    const left = oidc?.deviceFlow ? 0 : await devices.count(id)
    const lines = [
      `Users can sign in to ${name} by OpenID Connect. Its settings:`,
      `Issuer         ${config.authUrl}`,
      `Discovery      ${config.authUrl}/.well-known/openid-configuration`,
      `Client ID      ${clientId}`,
      ...(oidc?.authMethod.startsWith('client_secret')
        ? [
            `Client secret  its AUTH_CLIENT_SECRET; "latchkey apps rotate-secret ${shellWord(name)}" issues another`,
          ]
        : []),
      ...unknown.map((group) => `There is no group “${group}”, so it has no members.`),
      ...(left > 0
        ? [
            `${amount(left, 'device')} still signed in. Sign them out: latchkey apps sign-out-devices ${shellWord(name)}`,
          ]
        : []),
    ]
    return success(lines.join('\n'))
  },
}

const inputOf = (options: Given['options']): OidcClientInput => ({
  redirect_uris: listOf(options['redirect-uri']),
  post_logout_redirect_uris: listOf(options['post-logout-redirect-uri']),
  auth_method: options['auth-method'],
  first_party: options['first-party'],
  back_channel_logout_uri: options['back-channel-logout-uri'],
  groups: options['all-users'] === true ? [] : options.group,
  device_flow: options['device-flow'],
})

const remove: ServiceCommand = {
  usage: 'APP',
  summary: 'ends sign-in by OpenID Connect for an app, which stays registered',
  operands: 1,
  async run({ apps, oidcClients }, { operands: [which = ''] }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    return (await oidcClients.remove(found.value.id, OPERATOR))
      ? success(`No one can sign in to ${found.value.name} by OpenID Connect from now on.`)
      : failure(`${found.value.name} does not use OpenID Connect.`)
  },
}

const signOutDevices: ServiceCommand = {
  usage: 'APP [--json]',
  summary:
    'signs out all devices of an app, which signed in with a code; --no-device-flow of set-oidc stops new ones',
  operands: 1,
  options: JSON_OPTION,
  async run({ apps, oidc: { devices } }, { operands: [which = ''], options }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    const count = await devices.signOutAll(found.value, OPERATOR)
    if (options.json) return success(asJson({ signed_out: count }))
    const { name } = found.value
    return success(
      count === 0
        ? `No device is signed in to ${name}.`
        : `Signed ${amount(count, 'device')} out of ${name}.`,
    )
  },
}

export const appsOidcCommands = {
  'set-oidc': set,
  'sign-out-devices': signOutDevices,
  'remove-oidc': remove,
}
