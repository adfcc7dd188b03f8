import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { auth } from '@latchkey/jwt-middleware/hono'
import { expect, it, onTestFinished, vi } from 'vitest'

// Next does so when its server starts, which is later than these imports.
vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks')
  Object.assign(globalThis, { AsyncLocalStorage })
})

const root = resolve(import.meta.dirname, '../../..')
const SETTINGS = { clientId: 'abcdefghijklmnopqrstuv', clientSecret: 'not-printed' }

it.each([[SETTINGS], [true], [null], [() => {}]])(
  'The option oidc: %j is refused with the line to write, also at the start of a site on Next.js',
  async (oidc) => {
    const next = await import('@latchkey/jwt-middleware/next')
    const urls = { loginUrl: 'https://auth.example.com/login', ownUrl: 'https://partner.example' }
    for (const start of [auth, next.auth]) {
      const wrong = () => start({ ...urls, oidc } as never)
      expect(wrong).toThrow(
        "import { oidc } from '@latchkey/jwt-middleware/oidc', and auth({ oidc: oidc() })",
      )
      expect(wrong).not.toThrow('not-printed')
    }
  },
)

it('The compiler names oidc() as well', () => {
  const folder = join(root, 'artefacts/oidc-option')
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(
    join(folder, 'app.ts'),
    "import { auth } from '@latchkey/jwt-middleware/hono'\nauth({ oidc: { clientId: 'a', clientSecret: 'b' } })\n",
  )
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      include: ['app.ts'],
      compilerOptions: { noEmit: true },
    }),
  )
  const args = ['-p', folder, '--pretty', 'false', '--checkers', '1']
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), args, { encoding: 'utf8' })
  expect(stdout).toContain('from oidc() of @latchkey/jwt-middleware/oidc')
  expect(stdout.match(/error TS/g)).toHaveLength(1)
})
