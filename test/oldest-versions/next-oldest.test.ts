import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { pack } from '../../scripts/packing.ts'
import { blocksOf } from '../docs/pages.ts'
import { fileOf } from '../docs/recipe-modules.ts'
import { deadPort } from '../support/dead-port.ts'
import { send } from '../support/http.ts'
import { nextIn, serveNext } from '../support/next-build.ts'
import { OLDEST_PEERS } from '../support/oldest-versions.ts'

// npm installs for real.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

const [NEXT = ''] = OLDEST_PEERS.next ?? []
const OWN_URL = 'http://app1.example.com'
const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-oldest-next-'))
  const { tarball } = pack('@latchkey/jwt-middleware', folder)
  const dependencies = {
    '@latchkey/jwt-middleware': `file:${tarball}`,
    'better-sqlite3': '13.2.0',
    'drizzle-orm': OLDEST_PEERS['drizzle-orm']?.[0],
    next: NEXT,
    react: '19.2.0',
    'react-dom': '19.2.0',
  }
  const files = {
    'package.json': JSON.stringify({ private: true, type: 'module', dependencies }),
    'app/layout.js': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>',
    // As the documentation has them, where they say no types.
    ...Object.fromEntries(
      blocksOf('docs/frameworks/next.md')
        .slice(0, 4)
        .map((block) => [(fileOf(block) as string).replace(/\.tsx?$/, '.js'), block.code]),
    ),
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  await promisify(execFile)(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'],
    {
      cwd: folder,
    },
  )
  const env = { PATH: process.env.PATH, NEXT_TELEMETRY_DISABLED: '1' }
  await promisify(execFile)(process.execPath, [nextIn(folder), 'build'], { cwd: folder, env })
  return () => rmSync(folder, { recursive: true, force: true })
})

it('the lowest version of Next builds the packed middleware without settings, and knows and renews its users', async () => {
  const testAuth = createTestAuth({ ownUrl: OWN_URL })
  const service = await testAuth.listen()
  onTestFinished(() => service.close())
  const port = String(await deadPort())
  const site = await serveNext(folder, 'start', { PORT: port, ...service.env })
  onTestFinished(() => site.stop())
  const ask = (headers: Record<string, string>) =>
    send(`http://127.0.0.1:${port}/notes`, { headers: { ...NAVIGATION, ...headers } })
  const stranger = await ask({})
  expect([stranger.status, stranger.headers.location], site.output()).toEqual([
    307,
    `${testAuth.options.loginUrl}?next=${encodeURIComponent(`${OWN_URL}/notes`)}`,
  ])
  const visitor = testAuth.signedIn()
  expect((await ask(visitor.headers)).text).toContain('ada@example.com')
  // Without the access token, as after it has ended.
  const refresh = visitor.cookie.split('; ').find((pair) => pair.startsWith('jwt.refresh=')) ?? ''
  const renewed = await ask({ cookie: refresh })
  expect(renewed.text).toContain('ada@example.com')
  expect(renewed.headers['set-cookie']).toHaveLength(2)
})
