// From here on Node has the Node-API that the SQLite driver's binary is built for; before, loading it crashes.
const OLDEST = [22, 14] as const

/** What to tell whoever starts us on a Node that is too old; `null` where it is not. */
export function nodeVersionProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  return fits
    ? null
    : `Latchkey needs Node ${OLDEST.join('.')} or newer, and this is ${version}. Install Node 24 LTS.`
}
