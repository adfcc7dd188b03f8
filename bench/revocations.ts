import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The cost of a million ended sessions for an app: memory for each, and time per look-up. */
export function measureRevocations(): void {
  // A separate process, so that nothing else is measured.
  const script = fileURLToPath(new URL('million.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })
  if (stderr) throw new Error(stderr)
  const { bytes, ratio } = JSON.parse(stdout) as { bytes: number; ratio: number }
  const verdict = (met: boolean) => (met ? 'met' : 'NOT met in this run')
  console.log(
    `${Math.round(bytes)} bytes per ended session, with a million of them (less than 200: ${verdict(bytes < 200)})`,
  )
  console.log(
    `${ratio.toFixed(2)} times as long per look-up as with an empty list (less than 1.20: ${verdict(ratio < 1.2)})`,
  )
}
