import { existsSync, readFileSync } from 'node:fs'
import { failure, success } from '@latchkey/jwt-middleware/contract'
import { providerDetailsOf, type ServiceProviderInput } from '../../apps/service-provider-input.ts'
import { OPERATOR } from '../../events/audit-log.ts'
import { entityIdOf, SAML_ROUTES } from '../../saml/saml-routes.ts'
import { missingGroups } from '../../users/groups/missing-groups.ts'
import { asJson, type Given, JSON_OPTION, listOf, type ServiceCommand } from '../command.ts'
import { findApp } from '../find-registered-app.ts'

const set: ServiceCommand = {
  usage:
    'APP [--metadata FILE] [--entity-id ID] [--acs-url URL …] [--slo-url URL] [--slo-binding redirect|post] [--slo-response-url URL] [--slo-soap-url URL] [--certificate FILE …] [--encryption-certificate FILE] [--name-id persistent|email|transient] [--signed-requests] [--encrypt-assertions] [--starts-here] [--group NAME …] [--all-users] [--json]',
  summary:
    'lets an app sign users in by SAML, or changes how; what no option names stays as it is, and an empty value ("") removes what it names. --metadata is the XML of the app, and takes precedence over the other options',
  operands: 1,
  options: {
    ...JSON_OPTION,
    metadata: { type: 'string' },
    'entity-id': { type: 'string' },
    'acs-url': { type: 'string', multiple: true },
    'slo-url': { type: 'string' },
    'slo-binding': { type: 'string' },
    'slo-response-url': { type: 'string' },
    'slo-soap-url': { type: 'string' },
    certificate: { type: 'string', multiple: true },
    'encryption-certificate': { type: 'string' },
    'name-id': { type: 'string' },
    'signed-requests': { type: 'boolean' },
    'encrypt-assertions': { type: 'boolean' },
    'starts-here': { type: 'boolean' },
    group: { type: 'string', multiple: true },
    'all-users': { type: 'boolean' },
  },
  async run({ apps, config, groups, serviceProviders }, { operands: [which = ''], options }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    if (options.group !== undefined && options['all-users'] === true) {
      return failure('Pass --group or --all-users, not both.')
    }
    const { certificate, metadata, 'encryption-certificate': encryption } = options
    const files = [metadata, encryption, ...(listOf(certificate) ?? [])].filter((file) => file)
    const missing = files.find((file) => !existsSync(String(file)))
    if (missing !== undefined) return failure(`There is no file ${missing}.`)
    const changed = await serviceProviders.set(found.value.id, inputOf(options), OPERATOR)
    if (!changed) return failure(`Someone has just removed ${found.value.name}.`)
    if (!changed.ok) {
      if ('now' in changed) return failure(`Someone has just changed ${found.value.name}. Try again.`)
      return failure(Object.values(changed.errors).map(String).join(' '))
    }
    const { name, saml } = changed.value
    if (options.json) return success(asJson({ name, ...(saml && providerDetailsOf(saml)) }))
    const unknown = await missingGroups(groups, saml?.groups)
    const lines = [
      `Users can sign in to ${name} by SAML. Give it our metadata:`,
      `Metadata, and entity ID  ${entityIdOf(config.authUrl)}`,
      `Sign-in                  ${config.authUrl}${SAML_ROUTES.sso}`,
      `Sign-out                 ${config.authUrl}${SAML_ROUTES.slo}`,
      ...unknown.map((group) => `There is no group “${group}”, so it has no members.`),
    ]
    return success(lines.join('\n'))
  },
}

const contentOf = (file: unknown): string | undefined =>
  file === undefined ? undefined : file === '' ? '' : readFileSync(String(file), 'utf8')

const inputOf = (options: Given['options']): ServiceProviderInput => ({
  metadata: contentOf(options.metadata),
  entity_id: options['entity-id'],
  acs_urls: listOf(options['acs-url']),
  slo_url: options['slo-url'],
  slo_binding: options['slo-binding'],
  slo_response_url: options['slo-response-url'],
  slo_soap_url: options['slo-soap-url'],
  certificates: listOf(options.certificate)?.map((file) => contentOf(file)),
  encryption_certificate: contentOf(options['encryption-certificate']),
  name_id_format: options['name-id'],
  signed_requests: options['signed-requests'],
  encrypt_assertions: options['encrypt-assertions'],
  starts_here: options['starts-here'],
  groups: options['all-users'] === true ? [] : options.group,
})

const remove: ServiceCommand = {
  usage: 'APP',
  summary: 'ends sign-in by SAML for an app, which stays registered',
  operands: 1,
  async run({ apps, serviceProviders }, { operands: [which = ''] }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    return (await serviceProviders.remove(found.value.id, OPERATOR))
      ? success(`No one can sign in to ${found.value.name} by SAML from now on.`)
      : failure(`${found.value.name} does not use SAML.`)
  },
}

export const appsSamlCommands = { 'set-saml': set, 'remove-saml': remove }
