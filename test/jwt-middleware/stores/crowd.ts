import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundled } from '../../support/bundled.ts'

const SCRIPT = fileURLToPath(new URL('./first-visit.ts', import.meta.url))

/** The number of the store's migrations for that dialect. */
export const migrationsOf = (dialect: 'sqlite' | 'postgres'): number =>
  globSync(fileURLToPath(new URL(`../../../drizzle/app/${dialect}/*.sql`, import.meta.url))).length

/** Starts that many app processes on one database at the same moment; resolves to their output. */
export async function startTogether(database: string, count: number): Promise<string[]> {
  const program = await bundled(SCRIPT)
  const processes = Array.from({ length: count }, (_, index) => {
    const child = spawn(process.execPath, [program, database, `${1_000 + index}`])
    let errors = ''
    child.stderr.on('data', (data) => {
      errors += data
    })
    const end = once(child, 'close').then(([code]) => (code === 0 ? 'fine' : errors))
    return { child, end }
  })
  await Promise.all(processes.map(({ child }) => isReady(child)))
  for (const { child } of processes) child.stdin.write('go\n')
  return Promise.all(processes.map(({ end }) => end))
}

const isReady = (child: ChildProcessWithoutNullStreams) =>
  Promise.race([once(child.stdout, 'data'), once(child, 'close')])
