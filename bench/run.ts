import { arch, cpus, platform } from 'node:os'
import { measureAdmin } from './admin.ts'
import { measureCheck } from './check.ts'
import { measureEnumeration } from './enumeration.ts'
import { measureFirstHour } from './first-hour/first-hour.ts'
import { measureFrameworks } from './frameworks/frameworks.ts'
import { compareHotPath } from './hot-path.ts'
import { measureOidc } from './oidc.ts'
import { measureOpenConnections } from './open-connections.ts'
import { measurePageCost } from './page-cost.ts'
import { measureRenewals } from './renewals.ts'
import { measureRevocations } from './revocations.ts'
import { measureSignIn } from './sign-in.ts'
import { measureSignOut } from './sign-out.ts'
import { measureStart } from './start.ts'
import { measureTokens } from './tokens.ts'
import { measureWalks } from './walks.ts'

console.log(
  `Node ${process.versions.node} on ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
)
console.log('Machines are noisy: compare ratios within one run. CPU time varies less than speed.')

const MEASUREMENTS: Record<string, () => void | Promise<void>> = {
  check: measureCheck,
  revocations: measureRevocations,
  'open-connections': measureOpenConnections,
  renewals: measureRenewals,
  'sign-out': measureSignOut,
  tokens: measureTokens,
  oidc: async () => void (await measureOidc()),
  'sign-in': measureSignIn,
  enumeration: () => measureEnumeration(),
  admin: () => measureAdmin(),
  walks: measureWalks,
  start: measureStart,
  'first-hour': measureFirstHour,
  'page-cost': () => measurePageCost(),
  'bare-page': () => compareHotPath(['bare']),
  frameworks: () => measureFrameworks(),
  'notes-page': () => compareHotPath(['notes', 'express']),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(MEASUREMENTS, name))
if (unknown.length > 0) {
  console.error(
    `Unknown measurement "${unknown.join(', ')}". Choose from: ${Object.keys(MEASUREMENTS).join(', ')}`,
  )
  process.exit(2)
}
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure()
}
