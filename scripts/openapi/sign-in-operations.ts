import * as v from 'valibot'
import {
  changeEmailInput,
  magicCodeInput,
  magicLinkInput,
  verifyEmailInput,
} from '../../auth-service/src/accounts/link-input.ts'
import { resetInput } from '../../auth-service/src/accounts/profile-input.ts'
import { registrationInput } from '../../auth-service/src/accounts/registration-input.ts'
import { addressInput, signInInput } from '../../auth-service/src/accounts/sign-in-input.ts'
import { SHORTEST_MINIMUM } from '../../auth-service/src/platform/config/password-config.ts'
import { languageInput } from '../../auth-service/src/platform/i18n/language-input.ts'
import { apiTokenInput } from '../../auth-service/src/tokens/api-tokens/api-token-input.ts'
import type { Operations } from './operation.ts'

const next = v.optional(v.string())

/** Registration, sign-in and mailed links. */
export const SIGN_IN: Operations = {
  'POST /register': {
    tag: 'sign_in',
    summary: 'Makes an account, and signs the user in unless the address must be confirmed first',
    body: v.object({ ...registrationInput(SHORTEST_MINIMUM).entries, next }),
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
    body: v.object({ ...resetInput(SHORTEST_MINIMUM).entries, next }),
    answers: { 200: 'Next' },
    problems: [404, 422],
  },
  'POST /language': {
    tag: 'sign_in',
    summary: 'Remembers the language of pages and emails',
    body: languageInput,
    answers: { 204: null },
    problems: [422],
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
}
