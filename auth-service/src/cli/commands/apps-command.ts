import { failure, success } from '@latchkey/jwt-middleware/contract'
import { type IssuedCredentials, OVERLAP } from '../../apps/app-credentials.ts'
import { detailsOf } from '../../apps/app-row.ts'
import type { App, RegisteredApp } from '../../apps/apps.ts'
import { clientDetailsOf } from '../../apps/oidc-clients.ts'
import { providerDetailsOf } from '../../apps/service-provider-input.ts'
import { ALL_SCOPES } from '../../apps/token-scopes.ts'
import { OPERATOR } from '../../events/audit-log.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { asJson, JSON_OPTION, listOf, moment, type Outcome, type ServiceCommand, table } from '../command.ts'
import { readDuration } from '../duration-option.ts'
import { findApp } from '../find-registered-app.ts'
import { appsOidcCommands } from './apps-oidc-command.ts'
import { appsSamlCommands } from './apps-saml-command.ts'

const create: ServiceCommand = {
  usage: 'NAME --origin URL [--origin URL …] [--start-url URL] [--icon TEXT] [--token-scope NAME …] [--json]',
  summary: 'registers an app, and prints its AUTH_CLIENT_ID and AUTH_CLIENT_SECRET; the secret is shown once',
  operands: 1,
  options: {
    ...JSON_OPTION,
    origin: { type: 'string', multiple: true },
    'start-url': { type: 'string' },
    icon: { type: 'string' },
    'token-scope': { type: 'string', multiple: true },
  },
  async run({ apps, appCredentials }, { operands: [name = ''], options }) {
    const { origin = [], 'start-url': startUrl, icon } = options
    const input = {
      name,
      origins: origin,
      start_url: startUrl,
      icon,
      token_scopes: listOf(options['token-scope']),
    }
    const created = await apps.create(input as Parameters<typeof apps.create>[0], OPERATOR)
    if (!created.ok) return failure(Object.values(created.errors).map(String).join(' '))
    const issued = await appCredentials.issue(created.value.id, OPERATOR)
    if (!issued.ok) return failure(`Registered ${created.value.name}, but someone has just removed it again.`)
    return shown(created.value, issued.value, options.json === true)
  },
}

const list: ServiceCommand = {
  usage: '[--json]',
  summary: 'lists the registered apps',
  operands: 0,
  options: JSON_OPTION,
  async run({ apps }, { options }) {
    const all = apps.list()
    if (options.json) return success(asJson(all.map(factsOf)))
    if (all.length === 0) return success('No apps yet. Register one: latchkey apps create NAME --origin URL')
    const rows = all.map(({ name, origins, clientId }) => [name, origins.join(' '), clientId ?? '—'])
    return success(table(['NAME', 'ORIGINS', 'CLIENT ID'], rows))
  },
}

const show: ServiceCommand = {
  usage: 'APP [--json]',
  summary: 'shows a registered app and its secrets, without their values',
  operands: 1,
  options: JSON_OPTION,
  async run({ apps, appCredentials, oidc: { devices } }, { operands: [which = ''], options }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    const app = found.value
    const signedIn = await devices.count(app.id)
    const secrets = await appCredentials.list(app.id)
    if (options.json) {
      const facts = secrets.map(({ id, start, createdAt, expiresAt, lastUsedAt }) => ({
        id,
        start,
        created_at: createdAt,
        expires_at: expiresAt,
        last_used_at: lastUsedAt,
      }))
      return success(
        asJson({
          ...factsOf(app),
          oidc: app.oidc && clientDetailsOf(app.oidc),
          devices: signedIn,
          saml: app.saml && providerDetailsOf(app.saml),
          secrets: facts,
        }),
      )
    }
    const rows = [
      ['Name', app.name],
      ['Origins', app.origins.join(' ')],
      ['Start page', app.startUrl],
      ['Client ID', app.clientId ?? '—'],
      ['Own tokens may', scopesOf(app)],
      ...oidcRows(app),
      ...(app.oidc?.deviceFlow || signedIn > 0 ? [['Devices', `${signedIn} signed in`]] : []),
      ...samlRows(app),
      ...secrets.map(({ start, createdAt, expiresAt, lastUsedAt }) => [
        'Secret',
        [
          `${start}… of ${moment(createdAt)}`,
          `last used: ${lastUsedAt === null ? 'never' : moment(lastUsedAt)}`,
          ...(expiresAt === null ? [] : [`works until ${moment(expiresAt)}`]),
        ].join(', '),
      ]),
    ]
    return success(table([], rows).trimStart())
  },
}

const scopesOf = ({ tokenScopes }: App): string =>
  tokenScopes.includes(ALL_SCOPES) ? 'everything' : tokenScopes.join(' ') || 'nothing'

const tokenScopes: ServiceCommand = {
  usage: 'APP [--scope NAME …] [--json]',
  summary:
    'sets the permissions that tokens of the app itself may have ("*" for all, none without --scope); if it loses one, the tokens that it has stop working',
  operands: 1,
  options: { ...JSON_OPTION, scope: { type: 'string', multiple: true } },
  async run({ apps }, { operands: [which = ''], options }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    const changed = await apps.change(found.value.id, { token_scopes: listOf(options.scope) ?? [] }, OPERATOR)
    if (!changed) return failure(`Someone has just removed ${found.value.name}.`)
    if (!changed.ok) {
      if ('now' in changed) return failure(`Someone has just changed ${found.value.name}. Try again.`)
      return failure(Object.values(changed.errors).map(String).join(' '))
    }
    const { value: app } = changed
    if (options.json) return success(asJson(factsOf(app)))
    return success(`Tokens of ${app.name} itself may do: ${scopesOf(app)}.`)
  },
}

const rotateSecret: ServiceCommand = {
  usage: 'APP [--overlap DURATION] [--json]',
  summary:
    'issues a new AUTH_CLIENT_SECRET, which is shown once; the earlier one works for 7 days, or for --overlap (for example 1h, or 0)',
  operands: 1,
  options: { ...JSON_OPTION, overlap: { type: 'string' } },
  async run({ apps, appCredentials }, { operands: [which = ''], options }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    const overlap = options.overlap === undefined ? OVERLAP : readDuration(String(options.overlap))
    if (overlap === null || overlap > MAX_OVERLAP) {
      return failure('--overlap must be a duration of at most 90 days, for example 0, 30m, 12h or 7d.')
    }
    const issued = await appCredentials.issue(found.value.id, OPERATOR, overlap)
    if (issued.ok) return shown(found.value, issued.value, options.json === true)
    return failure(
      issued.reason === 'two_valid'
        ? `${found.value.name} has two valid secrets. Wait until the older one ends, or revoke one: "latchkey apps show ${shellWord(found.value.name)}" lists them, and "latchkey apps revoke-secret" revokes one.`
        : `Someone has just removed ${found.value.name}.`,
    )
  },
}

const revokeSecret: ServiceCommand = {
  usage: 'APP START',
  summary:
    'revokes one secret of an app, by the characters that "apps show" prints, and the tokens that the app has for itself',
  operands: 2,
  async run({ apps, appCredentials }, { operands: [which = '', typed = ''] }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    const { id, name } = found.value
    const start = typed.replace(/(…|\.\.\.)$/, '')
    const secrets = await appCredentials.list(id)
    const matching = secrets.filter((secret) => secret.start === start)
    const [secret] = matching
    if (!secret) {
      const known = secrets.map((one) => `${one.start}…`).join(' and ')
      return failure(
        `${name} has no secret that begins with these characters. It has ${known || 'no valid secret'}: see "latchkey apps show ${shellWord(name)}".`,
      )
    }
    if (matching.length > 1) {
      return failure(
        `Both secrets of ${name} begin with ${start}. Revoke one on the page Apps of the administration.`,
      )
    }
    if (!(await appCredentials.revoke(id, secret.id, OPERATOR))) {
      return failure(`Someone has just revoked ${start}….`)
    }
    const left = secrets.length - 1
    return success(
      left > 0
        ? `Revoked ${start}… of ${name}. Its other secret works as before.`
        : `Revoked ${start}… of ${name}, which has no secret now. Issue one: latchkey apps rotate-secret ${shellWord(name)}`,
    )
  },
}

const remove: ServiceCommand = {
  usage: 'APP',
  summary: 'removes a registered app: its credentials stop working at once',
  operands: 1,
  async run({ apps }, { operands: [which = ''] }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    const { id, name } = found.value
    const removed = await apps.remove(id, OPERATOR)
    if (removed.ok) return success(`Removed ${name}.`)
    return failure(
      removed.reason === 'has_rules'
        ? `${name} has rules. Without them, all signed-in users could open what they protect. Remove them first: latchkey apps rules remove ${shellWord(name)} --all`
        : `Someone has just removed ${name}.`,
    )
  },
}

/** In seconds. */
const MAX_OVERLAP = 90 * 86_400

/** What the app may do as a client of OpenID Connect. */
function oidcRows({ oidc }: RegisteredApp): string[][] {
  if (!oidc) return []
  return [
    ['Redirect URIs', oidc.redirectUris.join(' ')],
    ['After sign-out', oidc.postLogoutRedirectUris.join(' ') || '—'],
    ['Method', oidc.authMethod],
    ...(oidc.keys === null ? [] : [['Keys', oidc.keys]]),
    ['Consent', oidc.isFirstParty ? 'not asked' : 'asked'],
    ['Told of sign-outs', oidc.backChannelLogoutUri ?? '—'],
    ['For groups', oidc.groups?.join(', ') ?? 'all users'],
    ['Device flow', oidc.deviceFlow ? 'on' : 'off'],
  ]
}

/** What the app may do as a service provider of SAML. */
function samlRows({ saml }: RegisteredApp): string[][] {
  if (!saml) return []
  return [
    ['Entity ID', saml.entityId],
    ['Answers to', saml.consumers.map(({ url }) => url).join(' ')],
    ['Sign-outs to', saml.sloUrl ?? '—'],
    ['Without a browser', saml.soapUrl ?? '—'],
    ['Certificates', String(saml.certificates.length)],
    ['NameID', saml.nameIdFormat],
    ['Requests', saml.requiresSignedRequests ? 'must be signed' : 'may be unsigned'],
    ['Assertions', saml.encryptsAssertions ? 'encrypted' : 'not encrypted'],
    ['SAML for groups', saml.groups?.join(', ') ?? 'all users'],
  ]
}

const factsOf = (app: App) => ({ id: app.id, ...detailsOf(app), client_id: app.clientId })

function shown(
  app: App,
  { clientId, clientSecret, earlierExpiresAt }: IssuedCredentials,
  json: boolean,
): Outcome {
  if (json) {
    return success(
      asJson({
        ...factsOf(app),
        client_id: clientId,
        client_secret: clientSecret,
        earlier_expires_at: earlierExpiresAt,
      }),
    )
  }
  const lines = [
    `Set these in the environment of ${app.name}. The secret can't be shown again.`,
    `AUTH_CLIENT_ID=${clientId}`,
    `AUTH_CLIENT_SECRET=${clientSecret}`,
    ...(earlierExpiresAt === null ? [] : [`The earlier secret works until ${moment(earlierExpiresAt)}.`]),
  ]
  return success(lines.join('\n'))
}

export const appsCommands = {
  create,
  list,
  show,
  'token-scopes': tokenScopes,
  'rotate-secret': rotateSecret,
  'revoke-secret': revokeSecret,
  ...appsOidcCommands,
  ...appsSamlCommands,
  remove,
}
