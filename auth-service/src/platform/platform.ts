import { createLimitedLog, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import { type Locate, openGeoip } from './client/geoip.ts'
import type { Config } from './config/config.ts'
import { createFormAnswers, type FormAnswers } from './database/form-answers.ts'
import { type Database, openDatabase } from './database/open.ts'
import { createLog, type Log } from './logging/logger.ts'
import { createDevInbox, type DevInbox } from './mail/dev-inbox.ts'
import { createMailEncryption } from './mail/mail-encryption.ts'
import { createMailReader } from './mail/mail-reader.ts'
import type { AnyMailTemplate } from './mail/mail-template.ts'
import { createMail, type Mail } from './mail/outbox.ts'
import { createPublicFetch, type PublicFetch, type PublicFetchOptions } from './net/public-fetch.ts'
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
  /** For URLs that strangers choose. */
  readonly publicFetch: PublicFetch
}

/** Options for tests, and the log of commands. */
export interface PlatformOverrides {
  /** The clock, in ms. Default: Date.now. */
  readonly now?: () => number
  /** Default: stdout, at LOG_LEVEL. */
  readonly log?: Log
  /** Nodemailer's options beside those of SMTP_URL. Default: none. */
  readonly smtp?: Partial<SMTPPoolOptions>
  /** How servers of strangers are found and connected to. Default: as the system does. */
  readonly internet?: PublicFetchOptions
}

export interface PlatformOptions extends PlatformOverrides {
  /** The emails that are written when they are sent. */
  readonly mailTemplates: readonly AnyMailTemplate[]
}

/**
 * Opens the database and updates its tables. Closing it closes the database; the mail is closed before, as it is started
 * after.
 * @throws ConfigError where the settings do not fit the database
 */
export async function openPlatform(config: Config, options: PlatformOptions) {
  const { now = Date.now, log = createLog(config.logLevel), smtp, internet, mailTemplates } = options
  const locate = await openGeoip(config.placesDatabase)
  const database = await openDatabase(config, log)
  const encryption = createMailEncryption({ secrets: config, database })
  const reader = createMailReader({ sender: config, encryption, templates: mailTemplates, locate })
  const mail = createMail({ config, database, encryption, reader, log, now, smtp })
  const formAnswers = createFormAnswers({ config, database, now })
  return {
    parts: {
      config,
      log,
      warn: createLimitedLog(log),
      now,
      database,
      mail,
      devInbox: createDevInbox(database, reader),
      formAnswers,
      locate,
      publicFetch: createPublicFetch(internet),
    },
    deleteExpired: { formAnswers: formAnswers.deleteExpired, outbox: mail.deleteExpired },
    close: database.close,
  } satisfies ClosableModule<Platform>
}
