import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { bundled } from '../../support/bundled.ts'
import { childEnv } from '../../support/child-env.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../support/tokens.ts'
import { SECRET_KEY } from './services.ts'

const SCRIPT = fileURLToPath(new URL('./first-start.ts', import.meta.url))

/** The keys of a service that started, or why it failed. */
export type Start = { readonly current: string; readonly kids: readonly string[] } | string

/** Starts that many processes of the auth service on one database at the same moment. */
export async function startTogether(databaseUrl: string, count: number): Promise<Start[]> {
  const env = {
    ...childEnv(),
    AUTH_URL: ISSUER,
    COOKIE_DOMAIN,
    SECRET_KEY,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'silent',
  }
  const program = await bundled(SCRIPT)
  const processes = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, [program], { env })
    let [said, errors] = ['', '']
    child.stdout.on('data', (data) => {
      said += data
    })
    child.stderr.on('data', (data) => {
      errors += data
    })
    const ready = Promise.race([once(child.stdout, 'data'), once(child, 'close')])
    const end = once(child, 'close').then(
      ([code]): Start => (code === 0 ? JSON.parse(said.replace('ready', '')) : errors),
    )
    return { child, ready, end }
  })
  await Promise.all(processes.map(({ ready }) => ready))
  for (const { child } of processes) child.stdin.write('go\n')
  return Promise.all(processes.map(({ end }) => end))
}
