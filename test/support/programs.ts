import { spawnSync } from 'node:child_process'

/** Path of an installed program, or `null`. Includes the folders of servers. */
export function locate(name: string): string | null {
  const { status, stdout } = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${name}`], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : null
}

/**
 * Path of a program that tests need.
 * @throws Error that names the remedy if it is not installed
 */
export function findProgram(name: string): string {
  const found = locate(name)
  if (found) return found
  throw new Error(`These tests need ${name}. Run: npm run setup`)
}
