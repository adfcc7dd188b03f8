import { type AccountParts, createAccountParts } from './accounts/account-parts.ts'
import { newDeviceMail } from './accounts/mails/new-device.ts'
import { passwordChangedMail } from './accounts/mails/password-changed.ts'
import { createPasswords, type Passwords } from './accounts/passwords/passwords.ts'
import { type AppParts, createAppParts } from './apps/app-parts.ts'
import { createEvents, type Events } from './events/events.ts'
import { deviceSignedInMail } from './oidc/mails/device-signed-in.ts'
import { createOidcParts, type OidcParts } from './oidc/oidc-parts.ts'
import type { Config } from './platform/config/config.ts'
import { migrateData } from './platform/database/data-migrations/migrate-data.ts'
import type { AnyMailTemplate } from './platform/mail/mail-template.ts'
import { openPlatform, type Platform, type PlatformOverrides } from './platform/platform.ts'
import { createCleanup, inOrder } from './platform/process/cleanup.ts'
import { createSamlParts, type SamlParts } from './saml/saml-parts.ts'
import { groupBudget } from './tokens/group-budget.ts'
import { apiTokenCreatedMail } from './tokens/mails/api-token-created.ts'
import { tokenReuseMail } from './tokens/mails/token-reuse.ts'
import { createTokenParts, type TokenParts } from './tokens/token-parts.ts'
import { createUserParts, type UserParts } from './users/user-parts.ts'

/** All parts of the auth service, without a web server. */
export interface Parts
  extends Platform,
    Events,
    UserParts,
    AppParts,
    TokenParts,
    AccountParts,
    OidcParts,
    SamlParts {
  /** Expired data is deleted and keys are rotated every hour; a process that serves for long has it done soon, too. */
  cleanUpSoon(): void
  /** Stops the worker threads and closes the database's connections. */
  close(): Promise<void>
}

/** Everything the pages and the commands use. */
export type Service = Omit<Parts, 'mail' | 'deletions' | 'unconfirmedAccounts'>

/** Set by tests, and by commands for the log. */
export interface Overrides extends PlatformOverrides {
  /** Closed with the service. Default: a new pool. */
  readonly passwords?: Passwords
}

/** The emails that are written when they are sent: describing a device takes longer than the rest of its request. */
export const MAIL_TEMPLATES: readonly AnyMailTemplate[] = [
  newDeviceMail,
  passwordChangedMail,
  tokenReuseMail,
  apiTokenCreatedMail,
  deviceSignedInMail,
]

/**
 * Opens and migrates the database, and connects the parts.
 * @throws ConfigError if the settings don't fit the database
 */
export async function createService(config: Config, overrides?: Overrides): Promise<Service> {
  const {
    mail: _mail,
    deletions: _deletions,
    unconfirmedAccounts: _unconfirmedAccounts,
    ...service
  } = await openParts(config, overrides)
  return service
}

/** The same with the parts that only other parts use. */
export async function openParts(config: Config, overrides: Overrides = {}): Promise<Parts> {
  const { passwords = createPasswords({ hasher: config.passwordHasher }) } = overrides
  const platform = await openPlatform(config, { ...overrides, mailTemplates: MAIL_TEMPLATES })
  const { log, mail } = platform.parts
  const events = createEvents(platform.parts)
  try {
    await migrateData(platform.parts)
    const base = { ...platform.parts, ...events.parts }
    const users = createUserParts({ ...base, groupBudget: groupBudget(config) })
    const apps = await createAppParts(base)
    const tokens = await createTokenParts({ ...base, ...users.parts, ...apps.parts })
    await mail.start()
    const saml = await createSamlParts({ ...base, ...apps.parts, ...tokens.parts })
    if (config.secretKeyFallbacks.length > 0) log.info(REENCRYPTED)
    const oidc = createOidcParts({ ...base, ...users.parts, ...apps.parts, ...tokens.parts })
    const accounts = createAccountParts({ ...base, ...users.parts, ...tokens.parts, passwords })

    const tasks = {
      ...platform.deleteExpired,
      ...events.deleteExpired,
      ...users.deleteExpired,
      ...apps.deleteExpired,
      ...tokens.deleteExpired,
      ...accounts.deleteExpired,
      ...oidc.deleteExpired,
      ...saml.deleteExpired,
    }
    const cleanup = createCleanup(inOrder(tasks), log)

    async function close(): Promise<void> {
      // What uses the database closes before it.
      for (const part of [cleanup, tokens, oidc, saml, apps, events, mail, accounts, platform])
        await part.close()
    }
    const parts = {
      ...base,
      ...users.parts,
      ...apps.parts,
      ...tokens.parts,
      ...accounts.parts,
      ...oidc.parts,
      ...saml.parts,
    }
    return { ...parts, cleanUpSoon: cleanup.soon, close }
  } catch (error) {
    await events.close()
    await platform.close()
    throw error
  }
}

const REENCRYPTED =
  'all signing keys and waiting emails are encrypted with SECRET_KEY; you can remove SECRET_KEY_FALLBACKS once every ' +
  'process has this SECRET_KEY'
