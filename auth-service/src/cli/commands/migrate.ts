import { existsSync } from 'node:fs'
import { success } from '@latchkey/jwt-middleware/contract'
import { readConfig } from '../../platform/config/config.ts'
import { type MigrationState, readMigrationState } from '../../platform/database/migration-state.ts'
import { isPostgresUrl, openDatabase } from '../../platform/database/open.ts'
import { sqlitePath } from '../../platform/database/sqlite-url.ts'
import { createLog } from '../../platform/logging/logger.ts'
import { amount, asJson, type BareCommand, JSON_OPTION } from '../command.ts'

const NOTHING: MigrationState = { applied: [], missing: [], newer: false }

export const migrate: BareCommand = {
  usage: '[--json]',
  summary:
    'applies missing migrations, as the auth service does at startup; creates the tables in an empty database',
  operands: 0,
  options: JSON_OPTION,
  async runBare(env, { options }, terminal) {
    const config = readConfig(env)
    const url = config.databaseUrlDirect ?? config.databaseUrl
    const before = isThere(url) ? await readMigrationState(url) : NOTHING
    if (before.missing.length > 0)
      terminal.progress(`Applying ${amount(before.missing.length, 'migration')}.`)
    const database = await openDatabase(config, createLog('error', process.stderr))
    await database.close()
    const { applied, newer } = await readMigrationState(url)
    const fresh = applied.filter((name) => !before.applied.includes(name))
    if (options.json) return success(asJson({ applied: fresh, all: applied, newer }))
    if (newer) {
      return success('A newer version of the service has already changed these tables. Nothing was done.')
    }
    if (fresh.length === 0) return success(`Nothing to do: all migrations are applied (${applied.length}).`)
    return success(
      [`Applied ${fresh.length} of ${amount(applied.length, 'migration')}:`, ...fresh].join('\n  '),
    )
  },
}

const isThere = (url: string): boolean => isPostgresUrl(url) || existsSync(sqlitePath(url))
