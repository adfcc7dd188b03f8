import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../test/support/postgres.ts'
import { judge, median } from './figures.ts'
import type { RenewalFigures } from './renewing.ts'

const PROCESSES = 5
/** Renewals per second that in-process SQLite must reach on one core. */
const LEAST = 3_500

/** The cost of a renewal for the auth service: verify the token, rotate the session's row, sign two tokens. */
export async function measureRenewals(): Promise<void> {
  console.log(`\nRenewals on one core, in ${PROCESSES} processes per database, one after the other:`)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const postgres = await startPostgres()
  try {
    const sqlite: RenewalFigures[] = []
    const others: RenewalFigures[] = []
    for (let i = 0; i < PROCESSES; i++) {
      sqlite.push(await renewIn(`file:${join(folder, `${i}.sqlite`)}`, 1))
      others.push(await renewIn(await postgres.createDatabase(), 16))
    }
    console.table([row('SQLite, one at a time', sqlite), row('Postgres, 16 at a time', others)])
    judge('renewals per second on SQLite', median(sqlite.map(({ rate }) => rate)), LEAST)
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
}

async function renewIn(databaseUrl: string, concurrency: number): Promise<RenewalFigures> {
  const child = fork(new URL('renewing.ts', import.meta.url), [databaseUrl, String(concurrency)])
  // A database in another process runs on the other core, like everything else.
  spawnSync('taskset', ['-acp', '0', String(child.pid)])
  const [figures] = (await once(child, 'message')) as [RenewalFigures]
  return figures
}

const row = (name: string, figures: readonly RenewalFigures[]) => ({
  database: name,
  'renewals/s': Math.round(median(figures.map(({ rate }) => rate))),
  'p50 ms': median(figures.map(({ p50 }) => p50)).toFixed(2),
  'p99 ms': median(figures.map(({ p99 }) => p99)).toFixed(2),
  'CPU µs': median(figures.map(({ cpu }) => cpu)).toFixed(0),
})
