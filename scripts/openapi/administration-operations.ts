import * as v from 'valibot'
import { invitationInput } from '../../auth-service/src/accounts/invitation-input.ts'
import { appInput } from '../../auth-service/src/apps/app-input.ts'
import { ruleInput } from '../../auth-service/src/apps/app-rule-input.ts'
import { oidcClientInput } from '../../auth-service/src/apps/oidc-client-input.ts'
import { serviceProviderInput } from '../../auth-service/src/apps/service-provider-input.ts'
import { emailAddress } from '../../auth-service/src/platform/validation/validators.ts'
import { groupInput, memberInput, membershipInput } from '../../auth-service/src/users/groups/group-input.ts'
import { detailsInput, rightsInput } from '../../auth-service/src/users/user-input.ts'
import type { Operations } from './operation.ts'

/** The path of an existing rule. */
const rule = v.string()
/** The path of the rule that another one is put before. */
const before = v.optional(v.string())
/** The address that administrators saw. */
const asSeen = v.object({ email: v.optional(v.string()) })
/** What administrators saw; a change is refused (409) if someone else has changed one of these values since. */
const shown = v.optional(v.record(v.string(), v.unknown()))

/** What staff read and superusers write. */
export const ADMINISTRATION: Operations = {
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
  'POST /admin/apps/{id}/oidc/sign-out-devices': {
    tag: 'administration',
    summary: 'Signs out all devices of an app',
    answers: { 204: null },
    problems: [404],
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
}
