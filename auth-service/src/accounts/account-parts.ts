import type { Events } from '../events/events.ts'
import type { Platform } from '../platform/platform.ts'
import type { ClosableModule } from '../platform/process/module.ts'
import type { TokenParts } from '../tokens/token-parts.ts'
import type { UserParts } from '../users/user-parts.ts'
import { createEmailVerification, type EmailVerification } from './email-verification.ts'
import { createFirstVerification } from './first-verification.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import { createKnownDevices, type KnownDevices } from './known-devices.ts'
import { createMagicLinks, type MagicLinks } from './magic-link.ts'
import { createNewDeviceAlert } from './new-device-alert.ts'
import { createOneTimeTokens, type OneTimeTokens } from './one-time-tokens.ts'
import { createPasswordReset, type PasswordReset } from './password-reset.ts'
import { createPasswordSignIn, type PasswordSignIn } from './password-sign-in.ts'
import { createPasswordChange } from './passwords/change.ts'
import { createDummyHash } from './passwords/dummy-hash.ts'
import type { Passwords } from './passwords/passwords.ts'
import { createProfile, type Profile } from './profile.ts'
import { createLimits, type Limits } from './rate-limits.ts'
import { createReauthentication, type Reauthentication } from './reauthentication.ts'
import { createTokenSignIn, type TokenSignIn } from './token-sign-in.ts'

/** The ways in, and what people change about their own accounts. */
export interface AccountParts {
  readonly passwords: Passwords
  readonly knownDevices: KnownDevices
  readonly limits: Limits
  readonly oneTimeTokens: OneTimeTokens
  readonly emailVerification: EmailVerification
  readonly passwordReset: PasswordReset
  readonly reauthentication: Reauthentication
  readonly profile: Profile
  readonly magicLinks: MagicLinks
  readonly invitations: Invitations
  readonly accounts: PasswordSignIn
  readonly createTokenByPassword: TokenSignIn
}

export interface AccountPartsOptions
  extends Platform,
    Events,
    Pick<UserParts, 'users' | 'deletions'>,
    Pick<TokenParts, 'sessions' | 'apiTokens'> {
  readonly passwords: Passwords
}

export function createAccountParts(options: AccountPartsOptions) {
  const { config, passwords } = options
  const knownDevices = createKnownDevices({ ...options, ...config })
  const limits = createLimits({ ...options, knownDevices })
  const oneTimeTokens = createOneTimeTokens(options)
  const shared = { ...options, limits, oneTimeTokens, changePassword: createPasswordChange(options) }
  const emailVerification = createEmailVerification(shared)
  const invitations = createInvitations(options)
  const accounts = createPasswordSignIn({
    ...shared,
    emailVerification,
    invitations,
    dummyHash: createDummyHash(options),
    newDeviceAlert: createNewDeviceAlert(options),
  })
  return {
    parts: {
      passwords,
      knownDevices,
      limits,
      oneTimeTokens,
      emailVerification,
      passwordReset: createPasswordReset(shared),
      reauthentication: createReauthentication(shared),
      profile: createProfile(shared),
      magicLinks: createMagicLinks({ ...shared, firstVerification: createFirstVerification(options) }),
      invitations,
      accounts,
      createTokenByPassword: createTokenSignIn({ ...options, accounts }),
    },
    deleteExpired: {
      oneTimeTokens: oneTimeTokens.deleteExpired,
      invitations: invitations.deleteExpired,
      rateLimits: limits.deleteExpired,
    },
    close: passwords.close,
  } satisfies ClosableModule<AccountParts>
}
