import { eq, sql } from 'drizzle-orm'
import { type Device, ownerAsReader } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import type { FieldErrors } from '../platform/validation/field-errors.ts'
import type { ApiTokenInput } from '../tokens/api-tokens/api-token-input.ts'
import type { ApiTokenErrors, ApiTokenResult, ApiTokens } from '../tokens/api-tokens/api-tokens.ts'
import { apiTokenCreatedMail } from './mails/api-token-created.ts'
import type { PasswordSignIn } from './password-sign-in.ts'
import type { SignInInput } from './sign-in-input.ts'

export type TokenSignInResult =
  | Extract<ApiTokenResult, { ok: true }>
  | { readonly ok: false; readonly errors: ApiTokenErrors & FieldErrors; readonly isSignInError: boolean }

/**
 * Creates an API token for an email and password, with the limits of a sign-in; the owner gets an email.
 * @throws RateLimited
 */
export type TokenSignIn = (input: SignInInput & ApiTokenInput, device: Device) => Promise<TokenSignInResult>

export interface TokenSignInOptions {
  readonly database: Database
  readonly accounts: Pick<PasswordSignIn, 'identify'>
  readonly apiTokens: Pick<ApiTokens, 'create'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly now: () => number
}

export function createTokenSignIn(options: TokenSignInOptions): TokenSignIn {
  const { database, accounts, apiTokens, mail, now } = options
  const { users } = database

  return async (input, device) => {
    const identified = await accounts.identify(input, device)
    if (!identified.ok) return { ...identified, isSignInError: true }
    const { user } = identified
    const created = await apiTokens.create(user, input, { uuid: user.uuid, device })
    if (!created.ok) return { ...created, isSignInError: false }
    const { userAgent, address } = created.token.device
    const letter = {
      template: apiTokenCreatedMail,
      facts: { at: unixTime(now), userAgent, address, name: created.token.name },
      reader: ownerAsReader(user, device),
    }
    await database.transaction(() => [
      mail.step(
        { to: users.email, person: user.uuid, ...letter },
        sql`FROM ${users} WHERE ${eq(users.uuid, user.uuid)}`,
      ),
    ])
    mail.wake()
    return created
  }
}
