import { createLimitedLog, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import { type Locate, openGeoip } from './client/geoip.ts'
import type { Config } from './config/config.ts'
import { createFormAnswers, type FormAnswers } from './database/form-answers.ts'
import { type Database, openDatabase } from './database/open.ts'
import { createLog, type Log } from './logging/logger.ts'
import { createDevInbox, type DevInbox } from './mail/dev-inbox.ts'
import { createMail, type Mail } from './mail/outbox.ts'
import type { ClosableModule } from './process/module.ts'

/** What every other part stands on. */
export interface Platform {
  readonly config: Config
  readonly log: Log
  /** For warnings that strangers can cause. */
  readonly warn: WarnLimited
  /** The clock, in ms. */
  readonly now: () => number
  readonly database: Database
  readonly mail: Mail
  /** The outbox, for developers to read. */
  readonly devInbox: DevInbox
  readonly formAnswers: FormAnswers
  readonly locate: Locate
}

/** Options for tests, and the log of commands. */
export interface PlatformOverrides {
  /** The clock, in ms. Default: Date.now. */
  readonly now?: () => number
  /** Default: stdout, at LOG_LEVEL. */
  readonly log?: Log
  /** Nodemailer's options beside those of SMTP_URL. Default: none. */
  readonly smtp?: Partial<SMTPPoolOptions>
}

/**
 * Opens the database and updates its tables. Closing it closes the database; the mail is closed before, as it is started
 * after.
 * @throws ConfigError where the settings do not fit the database
 */
export async function openPlatform(config: Config, overrides: PlatformOverrides) {
  const { now = Date.now, log = createLog(config.logLevel), smtp } = overrides
  const locate = await openGeoip(config.placesDatabase)
  const database = await openDatabase(config, log)
  const mail = createMail({ config, database, log, now, smtp })
  const formAnswers = createFormAnswers({ config, database, now })
  return {
    parts: {
      config,
      log,
      warn: createLimitedLog(log),
      now,
      database,
      mail,
      devInbox: createDevInbox(database, config),
      formAnswers,
      locate,
    },
    deleteExpired: { formAnswers: formAnswers.deleteExpired, outbox: mail.deleteExpired },
    close: database.close,
  } satisfies ClosableModule<Platform>
}
