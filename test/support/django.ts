import { spawnSync } from 'node:child_process'

const MODULES =
  'django, jwt, cryptography, bcrypt, argon2, rest_framework, rest_framework_simplejwt, gunicorn, uvicorn, psycopg2'

let found: string | undefined

/** Debian's own, which finds Debian's packages; another may come first in PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3']

/**
 * A Python with Django, its servers and what projects use beside it: `DJANGO_PYTHON`, or an installed one.
 * @throws Error that names the remedy if there is none
 */
export function findDjango(): string {
  const given = process.env.DJANGO_PYTHON
  if (given !== undefined) {
    if (hasDjango(given)) return given
    throw new Error(`DJANGO_PYTHON is ${given}, which can't import ${MODULES}.`)
  }
  found ??= PYTHONS.find(hasDjango)
  if (found) return found
  throw new Error(
    `The interop tests need a Python with ${MODULES}. Run: npm run setup (or set DJANGO_PYTHON)`,
  )
}

const hasDjango = (python: string): boolean => spawnSync(python, ['-c', `import ${MODULES}`]).status === 0
