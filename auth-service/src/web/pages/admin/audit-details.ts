import type { Language, Say } from '../../../platform/i18n/language.ts'
import { message } from '../../../platform/i18n/message.ts'

/** Labels of details by name; unknown ones are shown unchanged. */
const LABELS: Readonly<Record<string, string>> = {
  acs_urls: message('addresses for responses'),
  address: message('address'),
  app: message('app'),
  app_id: message('app ID'),
  apps: message('apps'),
  asked_from: message('asked from'),
  auth_method: message('authentication'),
  back_channel_logout_uri: message('address for sign-outs'),
  because: message('because'),
  by: message('by'),
  certificates: message('certificates'),
  client_id: message('client ID'),
  confirmed: message('confirmed'),
  current: message('current'),
  device: message('device'),
  device_flow: message('sign-in with a code'),
  due_at: message('due at'),
  email: message('email'),
  encrypt_assertions: message('encrypted assertions'),
  encryption_certificate: message('certificate for encryption'),
  entity_id: message('entity ID'),
  expires_at: message('expires'),
  first_name: message('first name'),
  first_party: message('our own app'),
  from: message('from'),
  group: message('group'),
  group_id: message('group ID'),
  groups: message('groups'),
  icon: message('icon'),
  invitation: message('invitation'),
  is_active: message('is active'),
  is_staff: message('is staff'),
  is_superuser: message('is superuser'),
  keys: message('public keys'),
  kid: message('key'),
  last_name: message('last name'),
  member: message('member'),
  members: message('members'),
  name: message('name'),
  name_id_format: message('NameID'),
  next: message('next'),
  origins: message('origins'),
  post_logout_redirect_uris: message('addresses after a sign-out'),
  reason: message('reason'),
  redirect_uris: message('redirect URIs'),
  rules: message('rules'),
  scopes: message('permissions'),
  secret: message('secret'),
  sessions: message('sessions'),
  signed_requests: message('signed requests only'),
  slo_binding: message('binding for sign-outs'),
  slo_response_url: message('address for responses to sign-outs'),
  slo_soap_url: message('address for sign-outs by SOAP'),
  slo_url: message('address for sign-outs'),
  start_url: message('start page'),
  starts_here: message('starts from the account page'),
  state: message('state'),
  to: message('to'),
  token: message('token'),
  token_scopes: message('permissions of its own tokens'),
}

/** Details that are seconds since 1970; without a value, that moment never comes. */
const TIMES = ['due_at', 'expires_at']

/** Keys and certificates are long, and tell a reader nothing. */
const LONGEST = 120

/** The details of an entry of the audit log: old and new values, or one fact per line. */
export function detailsInWords(
  t: Say,
  language: Pick<Language, 'moment'>,
  details: Readonly<Record<string, unknown>>,
): string[] {
  const { before, after, ...rest } = details
  const changes = isRecord(before) && isRecord(after) ? changesInWords(t, before, after) : []
  // What did not exist before has no old values.
  const made = !isRecord(before) && isRecord(after) ? after : {}
  const facts = Object.entries({ ...rest, ...withoutEmpty(made) }).filter(
    ([name, value]) => !isRecord(value) && (value !== null || TIMES.includes(name)),
  )
  const wordsFor = (name: string, value: unknown): string => {
    if (TIMES.includes(name)) return typeof value === 'number' ? language.moment(value) : t('never')
    return name === 'apps' && value === 'all' ? t('All apps') : shown(t, value)
  }
  return [...changes, ...facts.map(([name, value]) => `${labelOf(t, name)}: ${wordsFor(name, value)}`)]
}

/** The changed values: forms also send unchanged ones. */
export const changesInWords = (
  t: Say,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string[] =>
  Object.keys(after)
    .filter((name) => String(before[name]) !== String(after[name]))
    .map((name) => `${labelOf(t, name)}: ${shown(t, before[name])} → ${shown(t, after[name])}`)

const labelOf = (t: Say, name: string): string => {
  const known = Object.hasOwn(LABELS, name) ? LABELS[name] : undefined
  return known === undefined ? name.replaceAll('_', ' ') : t(known)
}

function shown(t: Say, value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '')
  if (text === '') return t('(empty)')
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

const withoutEmpty = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => String(value ?? '') !== ''))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
