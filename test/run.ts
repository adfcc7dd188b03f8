import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
// Hundreds of processes load the same modules: each finds them compiled, also in the next run.
process.env.NODE_COMPILE_CACHE ??= resolve(root, 'artefacts/compile-cache')
const results = 'artefacts/results.json'

/** Runs one step with its output on the terminal; a failure ends the run. */
function step(what: string, command: string, ...args: string[]): void {
  console.log(`\n── ${what}`)
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`\n${what}: failed. The command was: ${[command, ...args].join(' ')}`)
    process.exit(status ?? 1)
  }
}

step('Build the packages, the auth service and the demo', 'npm', 'run', 'build', '--silent')
step('Lint and format', 'biome', 'check', '--error-on-warnings', '.')
step('Check the words of texts for people', 'node', 'scripts/check-words.ts')
// Several checkers check shared types once each, which takes twice the work.
const oneChecker = ['--checkers', '1']
step('Check all types', 'tsc', '-p', '.', ...oneChecker)
step(
  'Check the types of the example on Next',
  'tsc',
  '-p',
  'examples/next-site/tsconfig.check.json',
  ...oneChecker,
)
step('Check that the packages can be published', 'node', 'test/packages.ts', '--built')
step(
  'Run all tests: units, stores, journeys, browser',
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
  ...process.argv.slice(2),
)

interface Results {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}
const { success, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
  readFileSync(resolve(root, results), 'utf8'),
) as Results
const skipped = numPendingTests + numTodoTests
console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`)
if (!success) {
  // A process that exits early can have reported success.
  console.error(`Tests failed. See ${results}.`)
  process.exit(1)
}
if (skipped > 0) {
  console.error('Tests were skipped. All tests are required: fix what keeps them from running.')
  process.exit(1)
}
