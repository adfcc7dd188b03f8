import { spawnSync } from 'node:child_process'

/**
 * Path of a program of this machine, which is installed with apt-get where it is missing.
 * @throws Error that says what to install where that does not work
 */
export function findProgram(name: string): string {
  const found = installed(name) ?? install(name)
  if (found) return found
  throw new Error(`These tests need ${name}. Install it, e.g. with: apt-get install ${name}`)
}

function installed(name: string): string | null {
  const { status, stdout } = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${name}`], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : null
}

function install(name: string): string | null {
  console.log(`No ${name} here: installing it with apt-get, once.`)
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
    const [command, ...rest] = [...asRoot, 'apt-get', '-qq', ...args] as [string, ...string[]]
    spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  return installed(name)
}
