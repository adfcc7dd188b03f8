import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { type Message, message } from '../platform/i18n/message.ts'
import { noByDefault, readInput, says, type Typed } from '../platform/validation/input.ts'
import { isStorable } from '../platform/validation/storable-text.ts'
import { readClientKeys } from './client-keys.ts'
import { MAX_URI, type RedirectUri, readRedirectUri, type UriKind } from './redirect-uri.ts'

/** How an app proves who it is at the token endpoint (OpenID Connect Core 1.0, section 9). */
export const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const

export type AuthMethod = (typeof AUTH_METHODS)[number]

/** What makes an app a client of OpenID Connect. */
export interface OidcClient {
  /** Compared character by character; at least one, unless its devices sign in by the device flow alone. */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly authMethod: AuthMethod
  /** The app's public keys: a JWK Set as JSON, or its https URL. Only for `private_key_jwt`. */
  readonly keys: string | null
  /** Whether it is the operator's own: its users are not asked for consent. */
  readonly isFirstParty: boolean
  /** Where the app hears that a session has ended (OpenID Connect Back-Channel Logout 1.0). */
  readonly backChannelLogoutUri: string | null
  /** Names of the groups that may use it; `null` for all users. */
  readonly groups: readonly string[] | null
  /** Whether its devices may sign in with a code that their user types elsewhere (RFC 8628). */
  readonly deviceFlow: boolean
}

/** Unvalidated input: lists as lists, or as text with white space between; groups with commas. */
export type OidcClientInput = Typed<typeof oidcClientInput>

/** Error messages by field, for the administrator. */
export type OidcClientErrors = Partial<Record<keyof OidcClientInput, Message>>

export type OidcClientResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errors: OidcClientErrors }

const MAX_URIS = 20
const MAX_GROUPS = 50

const METHOD = message('Choose one of: {methods}.', { methods: AUTH_METHODS.join(', ') })

/** A list, or text with its items. */
export const listOf = (separator: RegExp) =>
  v.pipe(
    v.any(),
    v.metadata({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
    v.transform((given: unknown): readonly unknown[] => {
      if (typeof given !== 'string') return Array.isArray(given) ? given : []
      return given
        .split(separator)
        .map((item) => item.trim())
        .filter(Boolean)
    }),
  )

/** Names of groups; `null` for none, which means all users. */
export const groupNames = v.pipe(
  listOf(/[,\n]/),
  v.check(
    (names) =>
      names.length <= MAX_GROUPS && names.every((name) => typeof name === 'string' && isStorable(name)),
    says(message('Enter at most {count} names of groups, separated by commas.', { count: MAX_GROUPS })),
  ),
  v.transform((names) => (names.length === 0 ? null : [...new Set(names as readonly string[])])),
)

/** The input that describes a client. What the fields mean together is checked by {@link readOidcClient}. */
export const oidcClientInput = v.object({
  redirect_uris: listOf(/\s+/),
  post_logout_redirect_uris: listOf(/\s+/),
  auth_method: v.optional(v.picklist(AUTH_METHODS, says(METHOD)), 'client_secret_basic'),
  keys: v.pipe(v.optional(v.any(), ''), v.metadata({ type: ['string', 'object'] })),
  first_party: noByDefault,
  back_channel_logout_uri: v.pipe(
    v.optional(v.any(), ''),
    v.metadata({ type: 'string', maxLength: MAX_URI }),
  ),
  groups: groupNames,
  device_flow: noByDefault,
})

type Read = v.InferOutput<typeof oidcClientInput>

/** Validates the description of a client; `httpsOnly` if the auth service uses https. */
export function readOidcClient(
  input: OidcClientInput,
  httpsOnly: boolean,
  before: OidcClient | null = null,
): OidcClientResult<OidcClient> {
  const read = readInput(oidcClientInput, input)
  if (!read.ok) return read
  const client = clientOf(read.value, httpsOnly, before)
  return client.ok ? client : { ok: false, errors: { [client.reason.field]: client.reason.text } }
}

interface Problem {
  readonly field: keyof Read
  readonly text: Message
}

const problem = (field: keyof Read, text: Message): Result<never, Problem> => failure({ field, text })

function clientOf(input: Read, httpsOnly: boolean, before: OidcClient | null): Result<OidcClient, Problem> {
  const { auth_method: authMethod } = input
  const rules = { httpsOnly, isPublic: authMethod === 'none' }
  const redirects = readUris(input.redirect_uris, rules)
  if (!redirects.ok) return problem('redirect_uris', redirects.reason)
  // An app for devices alone may take no new ones for a while.
  const isForDevices = input.device_flow || before?.redirectUris.length === 0
  if (redirects.value.length === 0 && !isForDevices) return problem('redirect_uris', ENTER_URI)
  const afterLogout = readUris(input.post_logout_redirect_uris, rules)
  if (!afterLogout.ok) return problem('post_logout_redirect_uris', afterLogout.reason)
  if (kindsOf([...redirects.value, ...afterLogout.value]).size > 1) return problem('redirect_uris', TWO_KINDS)
  const keys = authMethod === 'private_key_jwt' ? readClientKeys(input.keys) : success(null)
  if (!keys.ok) return problem('keys', keys.reason)
  const logout = readBackChannel(input.back_channel_logout_uri, httpsOnly)
  if (!logout.ok) return problem('back_channel_logout_uri', logout.reason)
  return success({
    redirectUris: redirects.value.map(({ uri }) => uri),
    postLogoutRedirectUris: afterLogout.value.map(({ uri }) => uri),
    authMethod,
    keys: keys.value,
    isFirstParty: input.first_party,
    backChannelLogoutUri: logout.value,
    groups: input.groups,
    deviceFlow: input.device_flow,
  })
}

const ENTER_URI = message(
  'Enter at least one redirect URI, e.g. https://app.example.com/callback, or allow sign-in with a code.',
)
const TWO_KINDS = message(
  'Some of these addresses are for a web app, and others for an app on a device. Register two apps.',
)

const kindsOf = (uris: readonly RedirectUri[]): ReadonlySet<UriKind> =>
  new Set(uris.flatMap(({ kind }) => (kind === null ? [] : [kind])))

/** The kind of app that has these URIs; they were validated before. */
export const applicationTypeOf = ({
  redirectUris,
  postLogoutRedirectUris,
  authMethod,
}: Pick<OidcClient, 'redirectUris' | 'postLogoutRedirectUris' | 'authMethod'>): UriKind => {
  const rules = { httpsOnly: false, isPublic: authMethod === 'none' }
  const uris = [...redirectUris, ...postLogoutRedirectUris].map((uri) => readRedirectUri(uri, rules))
  return uris.some((read) => read.ok && read.value.kind === 'native') ? 'native' : 'web'
}

function readUris(
  given: readonly unknown[],
  rules: Parameters<typeof readRedirectUri>[1],
): Result<readonly RedirectUri[], Message> {
  if (given.length > MAX_URIS) {
    return failure(message('Enter at most {count} {count:address|addresses}.', { count: MAX_URIS }))
  }
  const uris: RedirectUri[] = []
  for (const one of given) {
    const read = readRedirectUri(String(one), rules)
    if (!read.ok) return read
    if (uris.every(({ uri }) => uri !== read.value.uri)) uris.push(read.value)
  }
  return success(uris)
}

function readBackChannel(typed: unknown, httpsOnly: boolean): Result<string | null, Message> {
  if (typed === '' || typed === null) return success(null)
  const uri = String(typed)
  const url = /^[!-[\]-~]+$/.test(uri) && uri.length <= MAX_URI ? URL.parse(uri) : null
  const isWeb = url?.protocol === 'https:' || (url?.protocol === 'http:' && !httpsOnly)
  if (url && isWeb && !uri.includes('#') && url.username === '' && url.password === '') return success(uri)
  return failure(message('Enter an address like https://app.example.com/logout, or leave this empty.'))
}
