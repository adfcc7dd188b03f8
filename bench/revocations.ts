import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a million ended sessions cost an app: memory for each, and time for every look-up. */
export function measureRevocations(): void {
  // A process of its own, so that nothing else is measured with it.
  const script = fileURLToPath(new URL('million.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })
  if (stderr) throw new Error(stderr)
  const { bytes, ratio } = JSON.parse(stdout) as { bytes: number; ratio: number }
  const verdict = (met: boolean) => (met ? 'met' : 'NOT met in this run')
  console.log(
    `${Math.round(bytes)} bytes for each ended session of a million (less than 200: ${verdict(bytes < 200)})`,
  )
  console.log(
    `${ratio.toFixed(2)} times the time of a look-up with none of them (less than 1.20: ${verdict(ratio < 1.2)})`,
  )
}
