import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { openDatabase } from '../../../auth-service/src/platform/database/open.ts'
import { createLog } from '../../../auth-service/src/platform/logging/logger.ts'

let template: Promise<string> | undefined
let copies = 0

/** Path of a new SQLite file with all tables and no rows: a copy, since migrating takes longer than most tests. */
export async function migratedSqlite(): Promise<string> {
  template ??= migrate()
  const copy = join(inject('folder'), `${process.pid}-${++copies}.sqlite`)
  await copyFile(await template, copy)
  return copy
}

async function migrate(): Promise<string> {
  const file = join(inject('folder'), `${process.pid}-template.sqlite`)
  const database = await openDatabase({ databaseUrl: `file:${file}` }, createLog('silent'))
  await database.close()
  return file
}
