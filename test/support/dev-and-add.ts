import { expect } from 'vitest'
import { deadPort } from './dead-port.ts'
import { startLatchkey } from './temp-app.ts'

/**
 * Runs the two commands for a new app in its folder: `latchkey dev`, which goes on until the test ends, and `latchkey
 * add`, which has to write these files.
 */
export async function devAndAdd(folder: string, ...files: readonly string[]) {
  const [port, appPort] = [String(await deadPort()), String(await deadPort())]
  const own = `http://app1.team.localhost:${appPort}`
  const dev = startLatchkey(folder, ['dev', '--app', own, '--port', port])
  await dev.until(/Press Ctrl-C/)
  const added = startLatchkey(folder, ['add', '--yes'])
  const wrote = `Wrote ${files.join(' and ')}.`
  expect([await added.ended, added.output()]).toEqual([0, expect.stringContaining(wrote)])
  const [, email = '', password = ''] = /Superuser +(\S+) +(\S+)/.exec(dev.output()) ?? []
  const loginUrl = `http://auth.team.localhost:${port}/login?next=${own}/`
  return { own, appPort, loginUrl, user: { email, password }, said: added.output() }
}
