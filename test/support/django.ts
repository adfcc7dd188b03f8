import { spawnSync } from 'node:child_process'

const PACKAGES = ['python3-django', 'python3-bcrypt', 'python3-argon2']
/** Debian's own, which sees Debian's packages; another may stand before it in PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3']

/**
 * A Python with Django, bcrypt and argon2: `DJANGO_PYTHON`, an installed one, or one that is installed now with apt-get.
 * @throws Error that says what to install where none of that works
 */
export function findDjango(): string {
  const given = process.env.DJANGO_PYTHON
  if (given !== undefined) {
    if (hasDjango(given)) return given
    throw new Error(`DJANGO_PYTHON says ${given}, which can't import django, bcrypt and argon2.`)
  }
  return PYTHONS.find(hasDjango) ?? install()
}

const hasDjango = (python: string): boolean =>
  spawnSync(python, ['-c', 'import django, bcrypt, argon2']).status === 0

function install(): string {
  console.log('No Django here: installing it with apt-get, once. Set DJANGO_PYTHON to a Python that has one.')
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
    const [command, ...rest] = [...asRoot, 'apt-get', '-qq', ...args] as [string, ...string[]]
    spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  const python = PYTHONS.find(hasDjango)
  if (python) return python
  throw new Error(
    `The interop tests need a Python with Django, bcrypt and argon2. Install ${PACKAGES.join(', ')}, or set DJANGO_PYTHON.`,
  )
}
