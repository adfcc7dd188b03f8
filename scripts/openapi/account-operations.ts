import * as v from 'valibot'
import {
  emailInput,
  namesInput,
  ownPasswordInput,
  passwordInput,
} from '../../auth-service/src/accounts/profile-input.ts'
import { proofInput } from '../../auth-service/src/accounts/reauthentication-input.ts'
import { SHORTEST_MINIMUM } from '../../auth-service/src/platform/config/password-config.ts'
import { apiTokenInput } from '../../auth-service/src/tokens/api-tokens/api-token-input.ts'
import type { Operations } from './operation.ts'

/** What a user does with the own account. */
export const ACCOUNT: Operations = {
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
    body: passwordInput(SHORTEST_MINIMUM),
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
}
