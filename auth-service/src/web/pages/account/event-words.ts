import type { AuditEvent, AuditRecord } from '../../../events/audit-log.ts'
import { type Message, message } from '../../../platform/i18n/message.ts'

/** What happened, by event. */
export const EVENTS: Record<AuditEvent, string> = {
  registered: message('Account created'),
  signed_in: message('Signed in'),
  sign_in_failed: message('Sign-in failed: wrong password'),
  signed_out: message('Signed out'),
  session_replaced: message('Signed in again, which replaced the previous session'),
  session_ended: message('Signed out another device'),
  surplus_session_ended: message('Signed out the device that was unused the longest (limit: 100 devices)'),
  other_sessions_ended: message('Signed out all other devices'),
  all_sessions_ended: message('Signed out everywhere'),
  refresh_token_reused: message('Session ended because someone used an old copy of it'),
  switched_off: message('Account disabled'),
  switched_on: message('Account enabled'),
  rights_changed: message('Rights changed'),
  deletion_requested: message('Account deletion requested'),
  deletion_cancelled: message('Account deletion cancelled'),
  email_confirmed: message('Email address confirmed'),
  confirmation_mailed: message('Link to confirm the email address sent'),
  email_change_requested: message('Email address change requested'),
  email_changed: message('Email address changed'),
  names_changed: message('Name changed'),
  password_changed: message('Password changed'),
  password_refused: message('Change refused: wrong password'),
  password_dropped: message('Email address confirmed; the old password no longer works'),
  password_reset_requested: message('Password reset requested'),
  password_link_made: message('Password reset link created by an administrator'),
  password_reset: message('Password reset by email'),
  sign_in_mail_requested: message('Sign-in by email requested'),
  deleted: message('Account deleted'),
  group_created: message('Group created'),
  group_renamed: message('Group renamed'),
  group_deleted: message('Group deleted'),
  group_joined: message('Added to a group'),
  group_left: message('Removed from a group'),
  app_created: message('App registered'),
  app_changed: message('App changed'),
  app_deleted: message('App removed'),
  app_rules_changed: message('Rules of an app changed'),
  app_secret_created: message('Credentials of an app created'),
  app_secret_revoked: message('Credentials of an app revoked'),
  oidc_client_changed: message('OpenID Connect settings of an app changed'),
  oidc_client_removed: message('OpenID Connect settings of an app removed'),
  app_devices_signed_out: message('All devices of an app signed out'),
  oidc_consent_given: message('Allowed an app to see data of the account'),
  oidc_consent_withdrawn: message('Access of an app withdrawn'),
  oidc_token_reused: message('Signed out of an app because someone used an old copy of its token'),
  saml_provider_changed: message('SAML settings of an app changed'),
  saml_provider_removed: message('SAML settings of an app removed'),
  saml_key_added: message('Next SAML key created'),
  saml_keys_rotated: message('SAML key replaced'),
  saml_key_removed: message('SAML key removed'),
  api_token_created: message('API token created'),
  api_token_revoked: message('API token revoked'),
  api_tokens_revoked: message('All API tokens revoked'),
  app_token_created: message('An app got a token for itself'),
  device_allowed: message('Device without a browser allowed'),
  device_denied: message('Device without a browser denied'),
  invited: message('Invitation sent'),
  invitation_resent: message('Invitation sent again'),
  invitation_revoked: message('Invitation withdrawn'),
  invitation_accepted: message('Invitation accepted'),
  imported: message('Account imported from another system'),
  keys_rotated: message('Signing keys rotated'),
  key_removed: message('Signing key removed'),
}

/** Events that say about what they are, with the detail that has its name. */
const WITH_A_NAME: Partial<Record<AuditEvent, { readonly detail: string; readonly words: string }>> = {
  group_joined: { detail: 'group', words: message('Added to a group: {name}') },
  group_left: { detail: 'group', words: message('Removed from a group: {name}') },
  api_token_created: { detail: 'name', words: message('API token created: {name}') },
  api_token_revoked: { detail: 'name', words: message('API token revoked: {name}') },
  device_allowed: { detail: 'device', words: message('Device without a browser allowed: {name}') },
  device_denied: { detail: 'device', words: message('Device without a browser denied: {name}') },
  oidc_consent_given: { detail: 'app', words: message('Allowed an app to see data of the account: {name}') },
  oidc_consent_withdrawn: { detail: 'app', words: message('Access of an app withdrawn: {name}') },
}

const BY_ADMINISTRATOR = {
  deletion_requested: message('Account deletion scheduled by an administrator'),
  deletion_cancelled: message('Account deletion cancelled by an administrator'),
  email_confirmed: message('Email address confirmed by an administrator'),
  session_ended: message('Another device signed out by an administrator'),
  other_sessions_ended: message('All other devices signed out by an administrator'),
  all_sessions_ended: message('Signed out everywhere by an administrator'),
}

/** What happened, as the owner of the account reads it. */
export function eventInWords({ event, subject, actor, details }: AuditRecord): Message {
  const named = WITH_A_NAME[event]
  const name = named && details[named.detail]
  if (named && typeof name === 'string' && name !== '') return message(named.words, { name })
  if (event === 'sign_in_failed' && details.reason === 'switched_off') {
    return message('Sign-in failed: account disabled')
  }
  if (event === 'sign_in_failed' && details.reason === 'unconfirmed') {
    return message('Sign-in failed: email address not confirmed')
  }
  if (event === 'sign_in_failed' && details.reason === 'wrong_code') {
    return message('Sign-in failed: wrong code')
  }
  if (event === 'password_refused' && details.reason === 'wrong_code') {
    return message('Change refused: wrong code')
  }
  if (event === 'signed_in' && (details.by === 'link' || details.by === 'code')) {
    return message('Signed in by email')
  }
  if (event === 'deletion_cancelled' && actor === subject) {
    return message('Account deletion cancelled by signing in')
  }
  return actor !== subject && Object.hasOwn(BY_ADMINISTRATOR, event)
    ? BY_ADMINISTRATOR[event as keyof typeof BY_ADMINISTRATOR]
    : EVENTS[event]
}
