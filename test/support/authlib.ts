import { spawnSync } from 'node:child_process'

const MODULES = 'authlib, flask, requests'

/** Debian's own, which finds Debian's packages; another may come first in PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3']

/**
 * A Python with Authlib, Flask and Requests.
 * @throws Error that names the remedy if there is none
 */
export function findAuthlib(): string {
  const found = PYTHONS.find((python) => spawnSync(python, ['-c', `import ${MODULES}`]).status === 0)
  if (found) return found
  throw new Error(`The tests of OpenID Connect need a Python with ${MODULES}. Run: npm run setup`)
}
