import * as v from 'valibot'
import { invitationInput } from '../../auth-service/src/accounts/invitation-input.ts'
import {
  changeEmailInput,
  magicCodeInput,
  magicLinkInput,
  verifyEmailInput,
} from '../../auth-service/src/accounts/link-input.ts'
import {
  emailInput,
  namesInput,
  ownPasswordInput,
  passwordInput,
  resetInput,
} from '../../auth-service/src/accounts/profile-input.ts'
import { proofInput } from '../../auth-service/src/accounts/reauthentication-input.ts'
import { registrationInput } from '../../auth-service/src/accounts/registration-input.ts'
import { addressInput, signInInput } from '../../auth-service/src/accounts/sign-in-input.ts'
import { appInput } from '../../auth-service/src/apps/app-input.ts'
import { ruleInput } from '../../auth-service/src/apps/app-rule-input.ts'
import { oidcClientInput } from '../../auth-service/src/apps/oidc-client-input.ts'
import { permissionsInput } from '../../auth-service/src/apps/permission-input.ts'
import { serviceProviderInput } from '../../auth-service/src/apps/service-provider-input.ts'
import { SHORTEST_MINIMUM } from '../../auth-service/src/platform/config/password-config.ts'
import { languageInput } from '../../auth-service/src/platform/i18n/language-input.ts'
import { emailAddress } from '../../auth-service/src/platform/validation/validators.ts'
import { apiTokenInput } from '../../auth-service/src/tokens/api-tokens/api-token-input.ts'
import { introspectionInput, tokenUseInput } from '../../auth-service/src/tokens/introspection-input.ts'
import { groupInput, memberInput, membershipInput } from '../../auth-service/src/users/groups/group-input.ts'
import { detailsInput, rightsInput } from '../../auth-service/src/users/user-input.ts'
import type * as responses from './responses.ts'

/** The name of a schema in `responses.ts`. */
export type ResponseName = keyof typeof responses

/** What a program can call. */
export interface Operation {
  readonly tag: Tag
  readonly summary: string
  /** Names of the query's parameters. */
  readonly query?: readonly string[]
  readonly headers?: readonly string[]
  /** What is sent, as JSON unless it is a form. */
  readonly body?: v.GenericSchema
  readonly form?: true
  /** By status: what is answered as JSON; `null` for no content. */
  readonly answers: Readonly<Record<number, ResponseName | null>>
  /** Whether events are streamed for `Accept: text/event-stream`. */
  readonly stream?: true
  /** Status codes of problems, beside those that each operation of the tag may have. */
  readonly problems?: readonly number[]
}

export const TAGS = {
  sign_in: 'Registration, sign-in and mailed links',
  account: 'The account of the user whose cookies are sent',
  administration: 'Users, groups, apps, invitations and the audit log: staff read, superusers write',
  apps: 'What the middleware asks for',
} as const
export type Tag = keyof typeof TAGS

const next = v.optional(v.string())
/** The credentials of a registered app, unless it sends them by HTTP Basic. */
const clientInput = v.object({ client_id: v.optional(v.string()), client_secret: v.optional(v.string()) })
const minimum = SHORTEST_MINIMUM
/** What administrators saw; a change is refused (409) if somebody else changed one of these values meanwhile. */
const shown = v.optional(v.record(v.string(), v.unknown()))
/** The path of an existing rule. */
const rule = v.string()
/** The path of the rule that another one is put before. */
const before = v.optional(v.string())
/** The address that administrators saw. */
const asSeen = v.object({ email: v.optional(v.string()) })

/** All operations, by method and path as OpenAPI writes them. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /register': {
    tag: 'sign_in',
    summary: 'Makes an account, and signs the user in unless the address must be confirmed first',
    body: v.object({ ...registrationInput(minimum).entries, next }),
    answers: { 201: 'SignedIn', 202: 'Mailed' },
    problems: [403, 422],
  },
  'POST /login': {
    tag: 'sign_in',
    summary: 'Signs in',
    body: v.object({ ...signInInput.entries, next }),
    answers: { 200: 'SignedIn' },
    problems: [401, 422],
  },
  'POST /logout': {
    tag: 'sign_in',
    summary: 'Ends the sessions of the cookies, and clears them; an app sends those of its visitor',
    headers: ['Latchkey-Contract'],
    body: v.object({ next }),
    answers: { 200: 'SignedOut' },
  },
  'POST /login/mail': {
    tag: 'sign_in',
    summary: 'Sends a link and a code to sign in with by email (`SIGN_IN_BY_MAIL=on`)',
    body: v.object({ ...addressInput.entries, next }),
    answers: { 202: 'Mailed' },
    problems: [422],
  },
  'POST /login/mail/code': {
    tag: 'sign_in',
    summary: 'Signs in by the mailed code, in the browser that asked for it',
    body: v.object({ ...magicCodeInput.entries, next }),
    answers: { 200: 'SignedIn' },
    problems: [422],
  },
  'GET /login/mail/link': {
    tag: 'sign_in',
    summary: 'Tells whose link it is',
    query: ['token'],
    answers: { 200: 'LinkOwner' },
    problems: [404],
  },
  'POST /login/mail/link': {
    tag: 'sign_in',
    summary: 'Signs in by the mailed link',
    body: v.object({ ...magicLinkInput.entries, next }),
    answers: { 200: 'SignedIn' },
    problems: [404, 422],
  },
  'GET /verify-email': {
    tag: 'sign_in',
    summary: 'Tells whose link it is',
    query: ['token'],
    answers: { 200: 'LinkOwner' },
    problems: [404],
  },
  'POST /verify-email': {
    tag: 'sign_in',
    summary: 'Confirms the address by the mailed link and the password, and signs in',
    body: v.object({ ...verifyEmailInput.entries, next }),
    answers: { 200: 'SignedIn' },
    problems: [404, 422],
  },
  'GET /change-email': {
    tag: 'sign_in',
    summary: 'Tells the address that the link changes to',
    query: ['token'],
    answers: { 200: 'LinkOwner' },
    problems: [404],
  },
  'POST /change-email': {
    tag: 'sign_in',
    summary: 'Changes the address by the mailed link and the password',
    body: changeEmailInput,
    answers: { 200: 'User' },
    problems: [404, 422],
  },
  'POST /password/forgot': {
    tag: 'sign_in',
    summary: 'Sends a link for a new password by email, if the address has an account',
    body: v.object({ ...addressInput.entries, next }),
    answers: { 202: 'Mailed' },
    problems: [403, 422],
  },
  'GET /password/reset': {
    tag: 'sign_in',
    summary: 'Tells whose link it is',
    query: ['token'],
    answers: { 200: 'LinkOwner' },
    problems: [404],
  },
  'POST /password/reset': {
    tag: 'sign_in',
    summary: 'Sets a new password by the mailed link, and ends all sessions',
    body: v.object({ ...resetInput(minimum).entries, next }),
    answers: { 200: 'Next' },
    problems: [404, 422],
  },
  'POST /language': {
    tag: 'sign_in',
    summary: 'Remembers the language of pages and mails',
    body: languageInput,
    answers: { 204: null },
    problems: [422],
  },

  'GET /account': {
    tag: 'account',
    summary: 'The profile, with the first sessions and the latest events',
    answers: { 200: 'Account' },
  },
  'GET /account/history': {
    tag: 'account',
    summary: 'The events of the account, a page at a time',
    query: ['after'],
    answers: { 200: 'History' },
  },
  'GET /account/sessions': {
    tag: 'account',
    summary: 'The other sessions, a page at a time',
    query: ['after'],
    answers: { 200: 'Sessions' },
  },
  'POST /account/sessions/{id}/end': {
    tag: 'account',
    summary: 'Ends one session',
    answers: { 204: null },
    problems: [404],
  },
  'POST /account/sessions/end-others': {
    tag: 'account',
    summary: 'Ends all other sessions',
    answers: { 204: null },
  },
  'POST /account/sessions/end-all': {
    tag: 'account',
    summary: 'Ends all sessions',
    answers: { 204: null },
  },
  'POST /account/apps/{key}/withdraw': {
    tag: 'account',
    summary: 'Withdraws what an app may see, and signs the user out there',
    answers: { 204: null },
    problems: [404],
  },
  'POST /account/verify-email': {
    tag: 'account',
    summary: 'Sends the link that confirms the address again',
    answers: { 204: null },
  },
  'POST /account/names': {
    tag: 'account',
    summary: 'Changes the names that are sent',
    body: namesInput,
    answers: { 204: null },
    problems: [422],
  },
  'POST /account/password': {
    tag: 'account',
    summary: 'Changes the password, and ends all other sessions',
    body: passwordInput(minimum),
    answers: { 204: null },
    problems: [422],
  },
  'POST /account/email': {
    tag: 'account',
    summary: 'Sends a link to the new address, which changes it',
    body: emailInput(),
    answers: { 202: 'Mailed' },
    problems: [422],
  },
  'GET /account/export': {
    tag: 'account',
    summary: 'All data stored about the user, after a proof of who they are',
    answers: { 200: 'AccountExport' },
  },
  'POST /account/confirm': {
    tag: 'account',
    summary: 'Proves who the user is, by the password or by a mailed code, for 15 minutes',
    body: proofInput,
    answers: { 202: 'MailedCode', 204: null },
    problems: [422],
  },
  'POST /account/delete': {
    tag: 'account',
    summary: 'Has the account deleted after the grace period',
    body: ownPasswordInput,
    answers: { 200: 'Deletion' },
    problems: [422],
  },

  'GET /admin': {
    tag: 'administration',
    summary: 'Statistics of the last days',
    answers: { 200: 'Statistics' },
  },
  'GET /admin/people': {
    tag: 'administration',
    summary: 'Users, a page at a time',
    query: ['q', 'filter', 'order', 'after'],
    answers: { 200: 'Users' },
  },
  'GET /admin/people/{uuid}': {
    tag: 'administration',
    summary: 'A user, with sessions and the latest entries of the audit log',
    query: ['sessions_after'],
    answers: { 200: 'UserDetails' },
    problems: [404],
  },
  'POST /admin/people/{uuid}/details': {
    tag: 'administration',
    summary: 'Changes the address and names that are sent',
    body: v.object({ ...detailsInput.entries, shown }),
    answers: { 200: 'ListedUser' },
    problems: [404, 409, 422],
  },
  'POST /admin/people/{uuid}/rights': {
    tag: 'administration',
    summary: 'Changes the rights that are sent',
    body: v.object({ ...rightsInput.entries, shown }),
    answers: { 200: 'ListedUser' },
    problems: [404, 409, 422],
  },
  'POST /admin/people/{uuid}/groups': {
    tag: 'administration',
    summary: 'Adds the user to a group',
    body: membershipInput,
    answers: { 204: null },
    problems: [404, 422],
  },
  'POST /admin/people/{uuid}/groups/remove': {
    tag: 'administration',
    summary: 'Removes the user from a group',
    body: membershipInput,
    answers: { 204: null },
    problems: [404],
  },
  'POST /admin/people/{uuid}/reset-link': {
    tag: 'administration',
    summary: 'Sends the user a link for a new password',
    body: asSeen,
    answers: { 204: null },
    problems: [404, 409, 422],
  },
  'POST /admin/people/{uuid}/confirm-email': {
    tag: 'administration',
    summary: 'Marks the address as confirmed',
    body: asSeen,
    answers: { 204: null },
    problems: [404, 409],
  },
  'POST /admin/people/{uuid}/mail-confirmation': {
    tag: 'administration',
    summary: 'Sends the user the link that confirms the address',
    body: asSeen,
    answers: { 204: null },
    problems: [404, 409, 422],
  },
  'POST /admin/people/{uuid}/deletion': {
    tag: 'administration',
    summary: 'Has the account deleted after the grace period',
    answers: { 200: 'Deletion' },
    problems: [404, 422],
  },
  'POST /admin/people/{uuid}/deletion/cancel': {
    tag: 'administration',
    summary: 'Keeps an account that was to be deleted',
    answers: { 204: null },
    problems: [404, 422],
  },
  'POST /admin/people/{uuid}/delete-now': {
    tag: 'administration',
    summary: 'Deletes the account at once',
    body: v.object({ confirm_email: emailAddress }),
    answers: { 204: null },
    problems: [404, 422],
  },
  'POST /admin/people/{uuid}/sessions/end-all': {
    tag: 'administration',
    summary: 'Ends all sessions of the user',
    answers: { 204: null },
    problems: [404],
  },
  'POST /admin/people/{uuid}/sessions/{id}/end': {
    tag: 'administration',
    summary: 'Ends one session of the user',
    answers: { 204: null },
    problems: [404],
  },
  'GET /admin/groups': {
    tag: 'administration',
    summary: 'Groups, a page at a time',
    query: ['after'],
    answers: { 200: 'Groups' },
  },
  'POST /admin/groups': {
    tag: 'administration',
    summary: 'Makes a group',
    body: groupInput,
    answers: { 201: 'Group' },
    problems: [422],
  },
  'GET /admin/groups/{id}': {
    tag: 'administration',
    summary: 'A group and its members, a page at a time',
    query: ['after'],
    answers: { 200: 'GroupMembers' },
    problems: [404],
  },
  'POST /admin/groups/{id}/rename': {
    tag: 'administration',
    summary: 'Renames a group',
    body: v.object({ ...groupInput.entries, shown }),
    answers: { 204: null },
    problems: [404, 409, 422],
  },
  'POST /admin/groups/{id}/delete': {
    tag: 'administration',
    summary: 'Deletes a group',
    body: v.object({ shown }),
    answers: { 204: null },
    problems: [404, 409],
  },
  'POST /admin/groups/{id}/members': {
    tag: 'administration',
    summary: 'Adds a user to a group',
    body: v.object({ ...memberInput.entries, shown }),
    answers: { 204: null },
    problems: [404, 409, 422],
  },
  'POST /admin/groups/{id}/members/{uuid}/remove': {
    tag: 'administration',
    summary: 'Removes a user from a group',
    body: v.object({ shown }),
    answers: { 204: null },
    problems: [404, 409],
  },
  'GET /admin/apps': {
    tag: 'administration',
    summary: 'All registered apps',
    answers: { 200: 'Apps' },
  },
  'POST /admin/apps': {
    tag: 'administration',
    summary: 'Registers an app',
    body: v.object(appInput(false).entries),
    answers: { 201: 'App' },
    problems: [422],
  },
  'POST /admin/apps/{id}': {
    tag: 'administration',
    summary: 'Changes what is sent of an app',
    body: v.object({ ...v.partial(v.object(appInput(false).entries)).entries, shown }),
    answers: { 200: 'App' },
    problems: [404, 409, 422],
  },
  'GET /admin/apps/{id}/rules': {
    tag: 'administration',
    summary: 'Who may open which path of an app behind a proxy',
    answers: { 200: 'Rules' },
    problems: [404],
  },
  'POST /admin/apps/{id}/rules': {
    tag: 'administration',
    summary: 'Adds a rule, at the end or before another one',
    body: v.object({ ...ruleInput.entries, before, shown }),
    answers: { 200: 'Rules' },
    problems: [404, 409, 422],
  },
  'POST /admin/apps/{id}/rules/change': {
    tag: 'administration',
    summary: 'Changes a rule in its place',
    body: v.object({ rule, ...ruleInput.entries, shown }),
    answers: { 200: 'Rules' },
    problems: [404, 409, 422],
  },
  'POST /admin/apps/{id}/rules/move': {
    tag: 'administration',
    summary: 'Moves a rule to the end, or before another one',
    body: v.object({ rule, before, shown }),
    answers: { 200: 'Rules' },
    problems: [404, 409, 422],
  },
  'POST /admin/apps/{id}/rules/remove': {
    tag: 'administration',
    summary: 'Removes a rule',
    body: v.object({ rule, shown }),
    answers: { 200: 'Rules' },
    problems: [404, 409, 422],
  },
  'POST /admin/apps/{id}/rules/replace': {
    tag: 'administration',
    summary: 'Replaces all rules of an app at once',
    body: v.object({ rules: v.array(ruleInput), shown }),
    answers: { 200: 'Rules' },
    problems: [404, 409, 422],
  },
  'GET /admin/apps/{id}/oidc': {
    tag: 'administration',
    summary: 'How an app signs users in by OpenID Connect',
    answers: { 200: 'AppOidc' },
    problems: [404],
  },
  'POST /admin/apps/{id}/oidc': {
    tag: 'administration',
    summary: 'Lets an app sign users in by OpenID Connect, or changes what is sent',
    body: v.object({ ...v.partial(oidcClientInput).entries, shown }),
    answers: { 200: 'AppOidc' },
    problems: [404, 409, 422],
  },
  'POST /admin/apps/{id}/oidc/remove': {
    tag: 'administration',
    summary: 'Ends sign-in by OpenID Connect for an app, with all its tokens',
    body: v.object({ shown }),
    answers: { 204: null },
    problems: [404, 409],
  },
  'GET /admin/apps/{id}/saml': {
    tag: 'administration',
    summary: 'How an app signs users in by SAML',
    answers: { 200: 'AppSaml' },
    problems: [404],
  },
  'POST /admin/apps/{id}/saml': {
    tag: 'administration',
    summary: 'Lets an app sign users in by SAML, or changes what is sent',
    body: v.object({ ...v.partial(serviceProviderInput).entries, shown }),
    answers: { 200: 'AppSaml' },
    problems: [404, 409, 422],
  },
  'POST /admin/apps/{id}/saml/remove': {
    tag: 'administration',
    summary: 'Ends sign-in by SAML for an app',
    body: v.object({ shown }),
    answers: { 204: null },
    problems: [404, 409],
  },
  'GET /admin/permissions': {
    tag: 'administration',
    summary: 'What groups may do in each app',
    answers: { 200: 'Permissions' },
  },
  'POST /admin/apps/{id}/secrets': {
    tag: 'administration',
    summary: 'Issues credentials of an app, whose secret is shown once',
    answers: { 201: 'AppCredentials' },
    problems: [404, 422],
  },
  'POST /admin/apps/{id}/secrets/{secret}/revoke': {
    tag: 'administration',
    summary: 'Revokes a secret of an app',
    answers: { 204: null },
    problems: [404],
  },
  'POST /admin/apps/{id}/delete': {
    tag: 'administration',
    summary: 'Removes an app without rules',
    answers: { 204: null },
    problems: [404, 422],
  },
  'GET /admin/invitations': {
    tag: 'administration',
    summary: 'Invitations, a page at a time',
    query: ['after'],
    answers: { 200: 'Invitations' },
  },
  'POST /admin/invitations': {
    tag: 'administration',
    summary: 'Sends an invitation, or makes a link for anyone',
    body: invitationInput,
    answers: { 201: 'NewInvitation' },
    problems: [422],
  },
  'POST /admin/invitations/{id}/resend': {
    tag: 'administration',
    summary: 'Makes a new link for an invitation',
    answers: { 200: 'NewInvitation' },
    problems: [404, 422],
  },
  'POST /admin/invitations/{id}/revoke': {
    tag: 'administration',
    summary: 'Revokes an invitation',
    answers: { 204: null },
    problems: [404],
  },
  'GET /admin/audit': {
    tag: 'administration',
    summary: 'The audit log, a page at a time',
    query: ['event', 'person', 'actor', 'address', 'from', 'to', 'after'],
    answers: { 200: 'AuditLog' },
  },

  'POST /refresh': {
    tag: 'apps',
    summary: 'Renews the session: the refresh cookie in, both cookies out',
    answers: { 200: 'Renewed' },
    problems: [401, 403, 409],
  },
  'GET /revocations': {
    tag: 'apps',
    summary: 'Recent revocations: about 1,000 at a time as JSON, or as a live stream',
    query: ['since'],
    headers: ['Last-Event-ID'],
    answers: { 200: 'Revocations' },
    stream: true,
    problems: [400],
  },
  'GET /account/tokens': {
    tag: 'account',
    summary: 'The API tokens, without their values',
    answers: { 200: 'ApiTokens' },
  },
  'POST /account/tokens': {
    tag: 'account',
    summary: 'Creates an API token, whose value is shown once',
    body: apiTokenInput(0, null),
    answers: { 201: 'NewApiToken' },
    problems: [422],
  },
  'POST /account/tokens/{id}/revoke': {
    tag: 'account',
    summary: 'Revokes an API token',
    answers: { 204: null },
    problems: [404],
  },
  'POST /account/tokens/revoke-all': {
    tag: 'account',
    summary: 'Revokes all API tokens',
    answers: { 204: null },
  },
  'POST /admin/people/{uuid}/tokens/{id}/revoke': {
    tag: 'administration',
    summary: 'Revokes an API token of a user',
    answers: { 204: null },
    problems: [404],
  },
  'POST /admin/people/{uuid}/tokens/revoke-all': {
    tag: 'administration',
    summary: 'Revokes all API tokens of a user',
    answers: { 204: null },
    problems: [404],
  },
  'POST /api/tokens': {
    tag: 'sign_in',
    summary: 'Creates an API token for an email and password, without a session',
    body: v.object({
      email: v.string(),
      password: v.string(),
      device_name: v.string(),
      apps: v.optional(apiTokenInput(0, null).entries.apps),
      scopes: apiTokenInput(0, null).entries.scopes,
      expires: apiTokenInput(0, null).entries.expires,
    }),
    answers: { 201: 'NewApiToken' },
    problems: [401, 422],
  },
  'POST /token': {
    tag: 'apps',
    summary: "Gives a registered app a token of its own (RFC 6749, section 4.4), with the app's credentials",
    body: v.object({
      grant_type: v.literal('client_credentials'),
      scope: v.optional(v.string()),
      ...clientInput.entries,
    }),
    form: true,
    answers: { 200: 'GrantedToken' },
    problems: [400, 401],
  },
  'POST /device/code': {
    tag: 'apps',
    summary: 'Begins the sign-in of a device without a browser (RFC 8628)',
    body: v.object({
      client_id: v.optional(v.string()),
      device_name: v.optional(v.string()),
      scope: v.optional(v.string()),
    }),
    form: true,
    answers: { 200: 'DeviceCodes' },
    problems: [400, 401, 429],
  },
  'POST /device/token': {
    tag: 'apps',
    summary: 'The token of a device, once its user has allowed it (RFC 8628)',
    body: v.object({
      device_code: v.string(),
      client_id: v.optional(v.string()),
      grant_type: v.optional(v.string()),
    }),
    form: true,
    answers: { 200: 'GrantedToken' },
    problems: [400, 429],
  },
  'POST /device/allow': {
    tag: 'account',
    summary: 'Allows a device to sign in',
    body: v.object({ user_code: v.string() }),
    answers: { 204: null },
    problems: [422],
  },
  'POST /device/deny': {
    tag: 'account',
    summary: 'Denies a device to sign in',
    body: v.object({ user_code: v.string() }),
    answers: { 204: null },
    problems: [422],
  },
  'POST /introspect': {
    tag: 'apps',
    summary: 'Whether a token counts at this moment (RFC 7662)',
    body: v.object({
      ...introspectionInput.entries,
      ...tokenUseInput.entries,
      ...clientInput.entries,
    }),
    form: true,
    answers: { 200: 'Introspection' },
    problems: [400, 401],
  },
  'POST /revoke': {
    tag: 'apps',
    summary: 'Revokes an API token (RFC 7009)',
    body: v.object({ token: v.string(), ...clientInput.entries }),
    form: true,
    answers: { 200: null },
    problems: [400, 401],
  },
  'PUT /permissions': {
    tag: 'apps',
    summary: 'Publishes what users may do in a registered app, which sends its credentials by HTTP Basic',
    body: permissionsInput,
    answers: { 204: null },
    problems: [400, 401, 422],
  },
  'GET /forward-auth': {
    tag: 'apps',
    summary: 'Whether a proxy may pass a request on: the identity of its user is in headers',
    headers: ['x-original-method', 'x-original-url'],
    answers: { 204: null },
    problems: [401, 403],
  },
  'GET /forward-auth/refusal': {
    tag: 'apps',
    summary: 'What nginx shows for a request that may not pass',
    headers: ['x-original-method', 'x-original-url'],
    answers: {},
    problems: [401, 403, 404],
  },
  'GET /.well-known/jwks.json': {
    tag: 'apps',
    summary: 'The public keys (RFC 7517)',
    answers: { 200: 'KeySet' },
  },
  'GET /healthz': {
    tag: 'apps',
    summary: 'Whether the service runs and its database answers',
    answers: { 200: 'Health' },
  },
}
