import type { Device } from '../platform/client/device.ts'
import type { Database } from '../platform/database/open.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import type { FieldErrors } from '../platform/validation/field-errors.ts'
import type { ApiTokenInput } from '../tokens/api-tokens/api-token-input.ts'
import type { ApiTokenErrors, ApiTokenResult, ApiTokens } from '../tokens/api-tokens/api-tokens.ts'
import { apiTokenCreatedMail } from '../tokens/mails/api-token-created.ts'
import type { AccountDeletions } from '../users/account-deletion.ts'
import type { PasswordSignIn } from './password-sign-in.ts'
import type { SignInInput } from './sign-in-input.ts'

export type TokenSignInResult =
  | (Extract<ApiTokenResult, { ok: true }> & { readonly deletionCancelled: boolean })
  | { readonly ok: false; readonly errors: ApiTokenErrors & FieldErrors; readonly isSignInError: boolean }

/**
 * Creates an API token for an email and password, with the limits of a sign-in; the owner gets an email. Like a sign-in,
 * it cancels a scheduled deletion of the account.
 * @throws RateLimited
 */
export type TokenSignIn = (input: SignInInput & ApiTokenInput, device: Device) => Promise<TokenSignInResult>

export interface TokenSignInOptions {
  readonly database: Database
  readonly accounts: Pick<PasswordSignIn, 'identify'>
  readonly apiTokens: Pick<ApiTokens, 'create'>
  readonly deletions: Pick<AccountDeletions, 'cancel'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
}

export function createTokenSignIn(options: TokenSignInOptions): TokenSignIn {
  const { database, accounts, apiTokens, deletions, mail } = options
  const { users } = database

  return async (input, device) => {
    const identified = await accounts.identify(input, device)
    if (!identified.ok) return { ...identified, isSignInError: true }
    const { user } = identified
    const created = await apiTokens.create(
      user,
      input,
      { uuid: user.uuid, device },
      {
        mayReturn: user.deletionDueAt !== null,
        also: (from, { name, createdAt, device: { userAgent, address } }) => [
          mail.step(
            {
              to: users.email,
              person: user.uuid,
              template: apiTokenCreatedMail,
              facts: { at: createdAt, userAgent, address, name, by: 'password' },
              readers: [user, device],
            },
            from,
          ),
        ],
      },
    )
    if (!created.ok) return { ...created, isSignInError: false }
    mail.wake()
    return { ...created, deletionCancelled: await deletions.cancel(user, device) }
  }
}
