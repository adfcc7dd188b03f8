import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const file = resolve(import.meta.dirname, '../../../jwt-middleware/src/contract/log.ts')
const script = `
  const { defaultLogger } = await import(${JSON.stringify(file)})
  defaultLogger.debug({ reason: 'expired' }, 'refused an access token')
  defaultLogger.warn({ url: 'http://auth' }, 'could not refresh the keys')
`

/** The default logger's stderr in a separate process, since it reads NODE_DEBUG at the start. */
const printed = (env: Record<string, string>) => {
  const options = { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' } as const
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@latchkey/source', '--input-type=module', '-e', script],
    options,
  )
  expect(stdout).toBe('')
  return stderr
}

describe('The default logger', () => {
  it('writes warnings to stderr, and nothing else', () => {
    expect(printed({})).toMatch(/latchkey: could not refresh the keys.*http:\/\/auth/)
    expect(printed({})).not.toContain('refused')
  })

  it('writes the reasons of rejections with NODE_DEBUG=latchkey', () => {
    expect(printed({ NODE_DEBUG: 'latchkey' })).toMatch(/LATCHKEY.*refused an access token.*expired/)
  })
})
