import { arch, cpus, platform } from 'node:os'
import { measureCheck } from './check.ts'
import { compareHotPath } from './hot-path.ts'
import { measureRevocations } from './revocations.ts'

console.log(
  `Node ${process.versions.node} on ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
)
console.log('Machines are noisy: compare within one run, by the ratios. CPU time is the steadier figure.')
await measureCheck()
measureRevocations()
await compareHotPath('2 KB')
await compareHotPath('notes')
