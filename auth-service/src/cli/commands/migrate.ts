import { existsSync } from 'node:fs'
import { success } from '@latchkey/jwt-middleware/contract'
import { readConfig } from '../../platform/config/config.ts'
import { type MigrationState, readMigrationState } from '../../platform/database/migration-state.ts'
import { isPostgresUrl, openDatabase } from '../../platform/database/open.ts'
import { sqlitePath } from '../../platform/database/sqlite-url.ts'
import { createLog } from '../../platform/logging/logger.ts'
import { asJson, type BareCommand, JSON_OPTION } from '../command.ts'

const NOTHING: MigrationState = { applied: [], missing: [], newer: false }

export const migrate: BareCommand = {
  usage: '[--json]',
  summary:
    'brings the tables up to date, as the auth service does at its start; makes them where there are none',
  operands: 0,
  options: JSON_OPTION,
  async runBare(env, { options }, terminal) {
    const config = readConfig(env)
    const url = config.databaseUrlDirect ?? config.databaseUrl
    const before = isThere(url) ? await readMigrationState(url) : NOTHING
    if (before.missing.length > 0) terminal.progress(`Applying ${before.missing.length} migrations.`)
    const database = await openDatabase(config, createLog('error', process.stderr))
    await database.close()
    const { applied, newer } = await readMigrationState(url)
    const fresh = applied.filter((name) => !before.applied.includes(name))
    if (options.json) return success(asJson({ applied: fresh, all: applied, newer }))
    if (newer) {
      return success('A newer version of the service has changed these tables already. Nothing was done.')
    }
    if (fresh.length === 0) return success(`Nothing to do: all ${applied.length} migrations are applied.`)
    return success([`Applied ${fresh.length} of ${applied.length} migrations:`, ...fresh].join('\n  '))
  },
}

const isThere = (url: string): boolean => isPostgresUrl(url) || existsSync(sqlitePath(url))
