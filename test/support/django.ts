import { spawnSync } from 'node:child_process'

/** Debian's own, which finds Debian's packages; another may come first in PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3']

/**
 * A Python with Django, PyJWT, bcrypt and argon2: `DJANGO_PYTHON`, or an installed one.
 * @throws Error that names the remedy if there is none
 */
export function findDjango(): string {
  const given = process.env.DJANGO_PYTHON
  if (given !== undefined) {
    if (hasDjango(given)) return given
    throw new Error(`DJANGO_PYTHON is ${given}, which can't import django, jwt, bcrypt and argon2.`)
  }
  const found = PYTHONS.find(hasDjango)
  if (found) return found
  throw new Error(
    'The interop tests need a Python with Django, PyJWT, bcrypt and argon2. Run: npm run setup (or set DJANGO_PYTHON)',
  )
}

const hasDjango = (python: string): boolean =>
  spawnSync(python, ['-c', 'import django, jwt, cryptography, bcrypt, argon2']).status === 0
