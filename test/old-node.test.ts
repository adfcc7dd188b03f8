import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPage } from './docs/pages.ts'
import { findNode } from './support/other-nodes.ts'

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
  'examples/demo/dist/all-frameworks.js',
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

describe('On a real Node 20', () => {
  const notes = resolve(import.meta.dirname, '../examples/notes')
  const run = (args: readonly string[], cwd = notes) =>
    spawnSync(findNode('20'), args, { cwd, env: {}, encoding: 'utf8' })

  /** All that someone sees is that line: Node adds where it was thrown, and no calls. */
  function expectRefusal({ status, signal, stderr }: ReturnType<typeof run>): void {
    expect(signal).toBeNull()
    expect(stderr).toMatch(
      /^(\[?LatchkeyError: )?Latchkey needs Node 22\.14 or newer, and this is 20\.\d+\.\d+\. Install/m,
    )
    expect(stderr.match(/Latchkey needs/g)).toHaveLength(1)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(status).toBe(1)
  }

  it.each([
    'auth-service/dist/main.js',
    'auth-service/dist/cli.js',
    'latchkey/latchkey.js',
    'examples/notes/dist/main.js',
    'examples/team-board/dist/main.js',
    'examples/demo/dist/main.js',
    'examples/demo/dist/all-frameworks.js',
  ])('%s says in one line which Node it needs', (main) => {
    const answer = run([resolve(import.meta.dirname, '..', main), 'dev'])
    expectRefusal(answer)
    expect(answer.stderr.trim().split('\n')).toHaveLength(1)
  })

  const { exports } = JSON.parse(readPage('jwt-middleware/package.json')) as {
    exports: Record<string, unknown>
  }
  // The contract tells others which Node is too old, browsers load /fetch, and JSON is no code.
  const entries = Object.keys(exports).filter((entry) => !/contract|fetch|json/.test(entry))

  it.each(entries.map((entry) => `@latchkey/jwt-middleware${entry.slice(1)}`))(
    '%s refuses to be loaded',
    (name) => {
      expectRefusal(run(['--input-type=module', '--eval', `import '${name}'`]))
      expectRefusal(run(['--input-type=commonjs', '--eval', `require('${name}')`]))
    },
  )

  it('createService of the auth service is not reached', () => {
    const start = `
      import { createService, readConfig } from '@latchkey/auth-service'
      await createService(readConfig(process.env))`
    expectRefusal(run(['--input-type=module', '--eval', start], resolve(notes, '../demo')))
  })

  it('an app is refused that imports its driver before, and opens its database after its imports', () => {
    const app = `
      import Database from 'better-sqlite3'
      import { auth } from '@latchkey/jwt-middleware/hono'
      new Database(':memory:')`
    expectRefusal(run(['--input-type=module', '--eval', app]))
  })

  it('an app that opens its database before crashes by itself, as the page of troubles says', () => {
    const app = `
      import Database from 'better-sqlite3'
      new Database(':memory:')
      await import('@latchkey/jwt-middleware/hono')`
    expect(run(['--input-type=module', '--eval', app])).toMatchObject({ signal: 'SIGSEGV', stderr: '' })
    expect(readPage('docs/troubleshooting.md')).toContain('| `Segmentation fault` (exit code 139) on Node 20')
  })
})
