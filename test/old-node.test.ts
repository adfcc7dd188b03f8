import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

/** Makes this Node look like one that crashes on the SQLite driver's binary. */
const OLD = `
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.13.1' } });
  process.dlopen = () => { throw new Error('native code was loaded') }`

it.each([
  'auth-service/dist/main.js',
  'auth-service/dist/cli.js',
  'examples/notes/dist/main.js',
  'examples/team-board/dist/main.js',
  'examples/demo/dist/main.js',
])('%s reports an old Node in one line, before it loads anything native', (main) => {
  const path = resolve(import.meta.dirname, '..', main)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(OLD)}`, path],
    {
      env: {},
      encoding: 'utf8',
    },
  )
  expect(stdout + stderr).toMatch(/^Latchkey needs Node 22\.14 or newer, and this is 22\.13\.1\. [^\n]*\n$/)
  expect(status).toBe(1)
})

it.each(['hono', 'express', 'sqlite', 'postgres', 'auth-database'])(
  'An app that imports %s on an old Node gets the same line, before its database is opened',
  (entry) => {
    const app = `
      import '@latchkey/jwt-middleware/${entry}'
      import Database from 'better-sqlite3'
      new Database(':memory:')`
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(OLD)}`, '--input-type=module', '--eval', app],
      { cwd: resolve(import.meta.dirname, '../examples/notes'), env: {}, encoding: 'utf8' },
    )
    expect(stderr).toContain('Latchkey needs Node 22.14 or newer, and this is 22.13.1.')
    expect(stderr).toContain("code: 'unsupported_node'")
    expect(status).toBe(1)
  },
)
