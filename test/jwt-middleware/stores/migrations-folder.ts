import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A folder of migrations in drizzle-kit's format, one file per text. */
export function migrationsFolder(migrations: readonly string[]): { folder: URL; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-migrations-'))
  const entries = migrations.map((sql, idx) => {
    const tag = `000${idx}_step`
    writeFileSync(join(path, `${tag}.sql`), sql)
    return { idx, version: '6', when: 1_000 + idx, tag, breakpoints: true }
  })
  mkdirSync(join(path, 'meta'))
  writeFileSync(join(path, 'meta', '_journal.json'), JSON.stringify({ version: '7', entries }))
  return { folder: pathToFileURL(path), remove: () => rmSync(path, { recursive: true }) }
}
