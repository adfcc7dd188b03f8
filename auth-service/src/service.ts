import { createLimitedLog, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import { createVerification, type Verification } from './accounts/email-verification.ts'
import { createFirstProof } from './accounts/first-verification.ts'
import { createInvitations, type Invitations } from './accounts/invitations.ts'
import { createKnownDevices, type KnownDevices } from './accounts/known-devices.ts'
import { createMailSignIn, type MailSignIn } from './accounts/magic-link.ts'
import { createNewDevices, type TellOfDevice } from './accounts/new-device-alert.ts'
import { createOneTimeTokens, type OneTimeTokens } from './accounts/one-time-tokens.ts'
import { createRecovery, type Recovery } from './accounts/password-reset.ts'
import { type Accounts, createAccounts } from './accounts/password-sign-in.ts'
import { createPasswordChange } from './accounts/passwords/change.ts'
import { createStandIns, type StandIn } from './accounts/passwords/dummy-hash.ts'
import { createPasswords, type Passwords } from './accounts/passwords/passwords.ts'
import { createProfile, type Profile } from './accounts/profile.ts'
import { createLimits, type Limits } from './accounts/rate-limits.ts'
import { createReauthentication, type Reauthentication } from './accounts/reauthentication.ts'
import { type Apps, createApps } from './apps/apps.ts'
import type { Audit } from './events/audit-log.ts'
import { createEvents, type Revocations } from './events/events.ts'
import { openPlaces, type PlaceOf } from './platform/client/geoip.ts'
import type { Config } from './platform/config/config.ts'
import { migrateData } from './platform/database/data-migrations/migrate-data.ts'
import { createFormAnswers, type FormAnswers } from './platform/database/form-answers.ts'
import { type Database, openDatabase } from './platform/database/open.ts'
import { createLog, type Log } from './platform/logging/logger.ts'
import { createMail, type Mail } from './platform/mail/outbox.ts'
import { createSweeping } from './platform/process/cleanup.ts'
import { roomForGroups } from './tokens/group-budget.ts'
import { createKeys, type Keys } from './tokens/keys/signing-keys.ts'
import { createTokens } from './tokens/session-tokens.ts'
import { createRotation } from './tokens/sessions/refresh-rotation.ts'
import { createTheftAlarm } from './tokens/sessions/reuse-detection.ts'
import { createSessionCookies } from './tokens/sessions/session-cookies.ts'
import { createSessionSecrets } from './tokens/sessions/session-secret.ts'
import { createSessions, type Sessions } from './tokens/sessions/sessions.ts'
import { createEndings } from './tokens/sessions/termination.ts'
import {
  createIntrospection,
  createRefreshIntrospection,
  type Introspect,
  type IntrospectRefresh,
} from './tokens/token-introspection.ts'
import { createDeletions, type Deletions } from './users/account-deletion.ts'
import { createRemovals, type Removals } from './users/admin-deletion.ts'
import { type Administration, createAdministration } from './users/administration.ts'
import { createChangePerson } from './users/change-person.ts'
import { createGroups, type Groups } from './users/groups/groups.ts'
import { createScheduledDeletion } from './users/scheduled-deletion.ts'
import { createUnconfirmedAccounts, type UnconfirmedAccounts } from './users/unconfirmed-accounts.ts'
import { createUsers, type Users } from './users/users.ts'

/** Everything the auth service does, without a web server. */
export interface Service {
  readonly config: Config
  readonly log: Log
  /** For warnings that strangers can cause. */
  readonly warn: WarnLimited
  readonly database: Database
  readonly users: Users
  readonly passwords: Passwords
  readonly standIn: StandIn
  readonly keys: Keys
  readonly revocations: Revocations
  readonly mail: Mail
  readonly audit: Audit
  readonly knownDevices: KnownDevices
  readonly limits: Limits
  readonly sessions: Sessions
  readonly formAnswers: FormAnswers
  readonly accounts: Accounts
  readonly administration: Administration
  readonly deletions: Deletions
  readonly unconfirmedAccounts: UnconfirmedAccounts
  readonly removals: Removals
  readonly groups: Groups
  readonly apps: Apps
  readonly invitations: Invitations
  readonly oneTimeTokens: OneTimeTokens
  readonly verification: Verification
  readonly recovery: Recovery
  readonly reauthentication: Reauthentication
  readonly profile: Profile
  readonly mailSignIn: MailSignIn
  readonly tellOfDevice: TellOfDevice
  readonly placeOf: PlaceOf
  readonly introspect: Introspect
  readonly introspectRefresh: IntrospectRefresh
  readonly now: () => number
  /** What is over is deleted, and keys are rotated, every hour; whoever serves for long has it done soon, too. */
  sweepSoon(): void
  /** Ends the worker threads and the database's connections. */
  close(): Promise<void>
}

/** What tests set, and of commands the log. */
export interface Overrides {
  /** The clock, in ms. */
  readonly now?: () => number
  readonly log?: Log
  /** Closed with the service, once there is one. Default: a pool of its own. */
  readonly passwords?: Passwords
  /** Nodemailer's options beside those of SMTP_URL. */
  readonly smtp?: Partial<SMTPPoolOptions>
}

/**
 * Opens the database, brings it up to date, and puts the parts together.
 * @throws ConfigError where the settings don't fit the database
 */
export async function createService(config: Config, overrides: Overrides = {}): Promise<Service> {
  const {
    now = Date.now,
    log = createLog(config.logLevel),
    passwords = createPasswords({ hasher: config.passwordHasher }),
    smtp,
  } = overrides
  const placeOf = await openPlaces(config.placesDatabase)
  const database = await openDatabase(config, log)
  try {
    await migrateData({ config, database, log, now })
    const { audit, revocations } = createEvents({ config, database, log, now })
    const keys = await createKeys({ config, database, revocations, audit, log, now })
    const mail = await createMail({ config, database, log, now, smtp })
    if (config.secretKeyFallbacks.length > 0) {
      log.info(
        'all signing keys and waiting mails are encrypted with SECRET_KEY; SECRET_KEY_FALLBACKS can go once every ' +
          'process has this SECRET_KEY',
      )
    }
    const changePerson = createChangePerson({ database, revocations, now })
    const users = createUsers({ database, revocations, changePerson, audit, now })
    const knownDevices = createKnownDevices({ ...config, database, now })
    const limits = createLimits({ config, database, knownDevices, log })
    const tokens = createTokens({ config, keys, now })
    const room = roomForGroups(config, tokens)
    const groups = createGroups({ database, revocations, audit, room, now })
    const apps = await createApps({ config, database, audit, log, now })
    const cookies = createSessionCookies(config)
    const rotate = createRotation({ config, database, now })
    const endings = createEndings({ database, tokens, cookies, revocations, audit, now })
    const endStolen = createTheftAlarm({
      config,
      database,
      revocations,
      audit,
      mail,
      placeOf,
      log,
      now,
    })
    const secrets = createSessionSecrets(config)
    const renewal = { rotate, endings, endStolen, secrets }
    const sessions = createSessions({ config, database, ...renewal, users, tokens, cookies, log, now })
    const formAnswers = createFormAnswers({ config, database, now })
    const administration = createAdministration({
      config,
      database,
      users,
      changePerson,
      audit,
      mail,
    })
    const introspect = createIntrospection({ database, tokens, now })
    const introspectRefresh = createRefreshIntrospection({ database, tokens, users, now })
    const oneTimeTokens = createOneTimeTokens({ database, now })
    const mailed = { config, users, oneTimeTokens, limits, mail, audit }
    const verification = createVerification(mailed)
    const changePassword = createPasswordChange({ config, users, mail, audit, placeOf, now })
    const recovery = createRecovery({ ...mailed, passwords, changePassword })
    const reauthentication = createReauthentication({ ...mailed, passwords, sessions, now })
    const scheduledDeletion = createScheduledDeletion({ database, changePerson, audit, mail })
    const deletions = createDeletions({ config, database, users, scheduledDeletion, now })
    const unconfirmedAccounts = createUnconfirmedAccounts({ config, database, users, log, now })
    const removals = createRemovals({ config, database, users, scheduledDeletion, now })
    const profile = createProfile({ ...mailed, passwords, changePassword, deletions, now })
    const firstProof = createFirstProof({ database, users, audit, now })
    const mailSignIn = createMailSignIn({ ...mailed, firstProof })
    const invitations = createInvitations({ config, database, users, audit, mail, now })
    const standIn = createStandIns({ config, database })
    const tellOfDevice = createNewDevices({ config, database, knownDevices, mail, placeOf, now })
    const accounts = createAccounts({
      ...mailed,
      passwords,
      standIn,
      sessions,
      deletions,
      invitations,
      verification,
      tellOfDevice,
      log,
      now,
    })

    const sweeping = createSweeping(
      () =>
        sessions
          .sweep()
          .then(deletions.sweep)
          .then(oneTimeTokens.sweep)
          .then(formAnswers.sweep)
          .then(unconfirmedAccounts.sweep)
          .then(keys.tend)
          .then(revocations.sweep)
          .then(mail.sweep)
          .then(invitations.sweep)
          .then(audit.sweep)
          .then(limits.sweep),
      log,
    )
    revocations.subscribe(keys.hear)

    async function close(): Promise<void> {
      await sweeping.close()
      apps.close()
      await revocations.close()
      await mail.close()
      await passwords.close()
      await database.close()
    }
    return {
      config,
      log,
      warn: createLimitedLog(log),
      database,
      users,
      passwords,
      standIn,
      keys,
      revocations,
      mail,
      audit,
      knownDevices,
      limits,
      sessions,
      formAnswers,
      accounts,
      administration,
      deletions,
      unconfirmedAccounts,
      removals,
      groups,
      apps,
      invitations,
      oneTimeTokens,
      verification,
      recovery,
      reauthentication,
      profile,
      mailSignIn,
      tellOfDevice,
      placeOf,
      introspect,
      introspectRefresh,
      now,
      sweepSoon: sweeping.soon,
      close,
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
