import { execFileSync } from 'node:child_process'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

const SCRIPT = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({
    load(url, context, next) {
      if (!url.startsWith('node:')) loaded.push(url)
      return next(url, context)
    },
  })
  await import(process.argv[1])
  console.log(JSON.stringify(loaded))
  process.exit()
`

/** The files that a new process loads to import this, relative to the repository. */
function filesLoadedBy(entry: string): string[] {
  const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', SCRIPT, entry]
  const output = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  return (JSON.parse(output) as string[]).map((url) => relative(root, fileURLToPath(url)))
}

const packageOf = (file: string): string =>
  /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? ''

describe('The entry "contract"', () => {
  it('loads nothing beyond itself: no package, and nothing that authenticates', () => {
    const beside = filesLoadedBy('@latchkey/jwt-middleware/contract').filter(
      (file) => !file.startsWith('jwt-middleware/src/contract/'),
    )
    expect(beside.sort()).toEqual([
      'jwt-middleware/src/contract.ts',
      'jwt-middleware/src/portable-contract.ts',
      'jwt-middleware/src/verify/signature-node.ts',
      'jwt-middleware/src/verify/verifier.ts',
    ])
  })
})

describe('The package jose', () => {
  it.each(['@latchkey/jwt-middleware/hono', '@latchkey/jwt-middleware/express', '@latchkey/auth-service'])(
    'is not loaded by %s until keys are read',
    (entry) => {
      const files = filesLoadedBy(entry)
      expect(files.length).toBeGreaterThan(20)
      expect(files.map(packageOf)).not.toContain('jose')
    },
  )
})
