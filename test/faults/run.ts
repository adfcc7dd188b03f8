/** `npm run test:faults`: all fault tests with more rounds and another seed, or the named ones with a given seed. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const seed = process.env.FAULTS_SEED || String(Math.floor(Math.random() * 2 ** 31))
const named = process.argv.slice(2)

function step(what: string, command: string, ...args: string[]): void {
  console.log(`\n── ${what}`)
  const env = { ...process.env, FAULTS_SEED: seed, FAULTS_ROUNDS: 'many' }
  const { status } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  console.error(`\n${what}: failed. Again with the same seed: FAULTS_SEED=${seed} npm run test:faults`)
  process.exit(status ?? 1)
}

step('Build the packages that the processes run', 'npm', 'run', 'build', '--silent')
step(`Run the fault tests in many rounds, with seed ${seed}`, 'vitest', 'run', '--project=faults', ...named)
console.log(
  `\nAll passed with seed ${seed}. To repeat this very run: FAULTS_SEED=${seed} npm run test:faults`,
)
