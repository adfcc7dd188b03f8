/**
 * Runs tests, all or those named, and prints which files take most CPU time: `npm run test:cpu -- test/browser`. Linux
 * alone counts the time of child processes so that it can be read.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { FileCost } from '../test/support/cpu-report.ts'

const MOST = 40
const root = resolve(import.meta.dirname, '..')
const file = join(root, 'artefacts/test-cpu.jsonl')

mkdirSync(join(root, 'artefacts'), { recursive: true })
rmSync(file, { force: true })
const { status } = spawnSync('vitest', ['run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TEST_CPU: file },
  shell: process.platform === 'win32',
})

const costs = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as FileCost)
  .map((one) => ({ ...one, file: relative(root, one.file), sum: one.own + one.children }))
  .sort((one, other) => other.sum - one.sum)
const rounded = (seconds: number) => Number(seconds.toFixed(1))
console.table(
  costs.slice(0, MOST).map(({ file, sum, own, children }) => ({
    file,
    'CPU s': rounded(sum),
    'the test itself': rounded(own),
    'its processes': rounded(children),
  })),
)
const total = rounded(costs.reduce((sum, one) => sum + one.sum, 0))
console.log(`${costs.length} files: ${total} s, without Vitest's own process and the Postgres of all tests.`)
process.exit(status ?? 1)
