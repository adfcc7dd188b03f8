import { LatchkeyError } from './errors.ts'

// From here on Node has the Node-API that the SQLite driver's binary needs; older versions crash when loading it.
const OLDEST = [22, 14] as const

/**
 * The message for a Node that is too old; `null` if it is not.
 * @param version `process.versions.node`; missing where Node's own interface is
 */
export function nodeVersionProblem(version: string | undefined): string | null {
  if (version === undefined) return null
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  return fits
    ? null
    : `Latchkey needs Node ${OLDEST.join('.')} or newer, and this is ${version}. Install Node 24 LTS.`
}

/**
 * Refuses a Node that is too old.
 * @throws LatchkeyError `unsupported_node`, without a stack: it would say only which file was imported
 */
export function refuseOldNode(version: string | undefined): void {
  const problem = nodeVersionProblem(version)
  if (problem === null) return
  const error = new LatchkeyError('unsupported_node', problem)
  error.stack = `${error.name}: ${problem}`
  throw error
}
