import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { installLines, type PackageName, packAll, writeLockedManifest } from '../../scripts/packing.ts'
import { deadPort } from '../support/dead-port.ts'
import { findDjango } from '../support/django.ts'
import { quickFolder } from '../support/quick-folder.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { createPerson, PASSWORD, surroundings, type TypingPerson } from '../support/typing-person.ts'
import { blocksOf, pages, readPage } from './pages.ts'
import { SETTINGS, TYPED, type Typed, UNTYPED, WITH_DEMO } from './shell-blocks.ts'

// npm installs for real, and each line is a process of its own.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

const repository = resolve(import.meta.dirname, '../..')
const root = mkdtempSync(join(quickFolder(0.5), 'latchkey-shell-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const blocks = pages
  // first-hour.test.ts types that page.
  .filter((page) => page !== 'docs/tutorial.md')
  .flatMap((page) => blocksOf(page))
  .filter(({ language }) => language === 'sh')

const MAIN = `import { serve } from '@hono/node-server'
import { loginRequired } from '@latchkey/jwt-middleware/hono'
import Database from 'better-sqlite3'
import { Hono } from 'hono'

const db = new Database('app.sqlite')
const app = new Hono()
app.get('/', (c) => c.text('Notes'))
app.get('/notes', loginRequired(), (c) => c.text('Notes of ' + c.var.user.email))

serve({ fetch: app.fetch, port: PORT, hostname: '127.0.0.1' }, ({ port }) => console.log(\`Port \${port}\`))
`

const MANAGE = `#!${findDjango()}
import sys
from pathlib import Path
sys.path.insert(0, ${JSON.stringify(join(repository, 'test/interop'))})
import django_project
django_project.start(Path(${JSON.stringify(join(root, 'django.sqlite3'))}), django_project.HASHERS)
from django.contrib.auth import get_user_model
from django.core.management import execute_from_command_line
if not get_user_model().objects.exists():
    get_user_model().objects.create_user("grace", "grace@example.com", "correct horse battery staple")
execute_from_command_line(sys.argv)
`

describe('Blocks for the shell', () => {
  it('are all typed here, or listed with the reason why not', () => {
    const listed = [...TYPED.map(({ lines }) => lines.join('\n')), ...SETTINGS, ...Object.keys(UNTYPED)]
    const written = blocks.map(({ code }) => code)
    // test/examples/demo.test.ts pastes the one that needs the demo.
    const unlisted = blocks.filter(({ code }) => !listed.includes(code) && !WITH_DEMO.test(code))
    expect(unlisted.map(({ page, line, code }) => `${page}:${line} ${code}`)).toEqual([])
    expect(listed.filter((code) => !written.includes(code))).toEqual([])
    expect(new Set(listed).size).toBe(listed.length)
  })

  it('that are not typed name things that exist', () => {
    expect(readFileSync(join(repository, '.ci/run'), 'utf8')).toContain(
      '\nnpm ci && npm run setup && npm test\n',
    )
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    for (const name of ['demo', 'setup', 'test']) expect(scripts).toHaveProperty(name)
    expect(existsSync(join(repository, 'test/auth-service/accounts/registration.test.ts'))).toBe(true)
    expect(readFileSync(join(repository, 'test/faults/1-storm.test.ts'), 'utf8')).toMatch(/storm/)
  })
})

describe('Names that npx runs', () => {
  it("are ours or drizzle-kit's, and programs of a package are installed by the lines before", () => {
    const everywhere = pages.flatMap((page) =>
      [...readPage(page).matchAll(/npx (?:--\S+ )*([\w@][\w@/.-]*)/g)].map(([, name]) => name),
    )
    expect([...new Set(everywhere)].sort()).toEqual(['drizzle-kit', 'latchkey', 'latchkey-auth', 'tsx'])
    for (const { code, page } of blocks.filter((block) => block.code.includes('npx latchkey-auth')))
      expect(code, page).toMatch(/^npm install @latchkey\/auth-service\n/)
  })
})

describe('In folders of their own', () => {
  let ports: { readonly app: number; dev: number; readonly auth: number }
  let tarballs: Readonly<Record<PackageName, string>>
  let registry: Registry
  const secret = 'only the tests know this secret of theirs'
  const app = join(root, 'app')
  const bin = join(root, 'bin')
  const docker = join(app, 'docker')
  const databaseUrl = `file:${join(docker, 'latchkey.sqlite')}`

  beforeAll(async () => {
    ports = { app: await deadPort(), dev: 0, auth: await deadPort() }
    tarballs = packAll(root)
    registry = await startRegistry(tarballs)
    for (const folder of [bin, docker]) mkdirSync(folder, { recursive: true })
    writeFileSync(join(bin, 'manage.py'), MANAGE)
    chmodSync(join(bin, 'manage.py'), 0o755)
    writeLockedManifest(app, {
      name: 'app',
      private: true,
      type: 'module',
      scripts: { start: 'node --env-file=.env main.ts' },
      dependencies: { hono: '*', '@hono/node-server': '*' },
    })
    writeFileSync(join(app, 'main.ts'), MAIN.replace('PORT', String(ports.app)))
    return () => registry.close()
  })

  /** In place of what only the reader has: a domain, Docker, free ports. */
  function substituted(line: string, person: TypingPerson): string {
    const printed = person
      .terminals()
      .map((one) => one.output())
      .join('\n')
    /** The latest of what commands have printed. */
    const last = (pattern: RegExp) => [...printed.matchAll(pattern)].at(-1)?.[1] ?? `no ${pattern}`
    const own = `http://app1.team.localhost:${ports.app}`
    const replaced = line
      .replace(/https:\/\/app1\.example\.com(\/notes)?/, `${own}/notes`)
      .replace('http://app1.team.localhost:3000', own)
      .replace('https://auth.example.com', `http://auth.team.localhost:${ports.auth}`)
      .replace('COOKIE_DOMAIN=example.com', 'COOKIE_DOMAIN=team.localhost')
      .replace('SECRET_KEY=…', `SECRET_KEY='${secret}'`)
      .replace('docker compose exec auth ', '')
      .replace('$AUTH_CLIENT_ID', () => last(/AUTH_CLIENT_ID=(\S+)/g))
      .replace('$AUTH_CLIENT_SECRET', () => last(/AUTH_CLIENT_SECRET=(\S+)/g))
      .replace('lkd_…', () => last(/"device_code":"([^"]+)"/g))
      .replace('lk_…', () => last(/"(lk_\w+)"/g))
      .replace('ada@example.com', () => last(/Created the superuser (\S+)/g))
      .replace('"password": "…"', `"password": "${PASSWORD}"`)
      .replace('/data/', './')
      .replace('chown latchkey:', `chown ${userInfo().username}:`)
    return line.startsWith('npx latchkey dev ') ? `${replaced} --port ${ports.dev}` : replaced
  }

  const environment = ({ asService }: Typed): Record<string, string> =>
    asService
      ? {
          AUTH_URL: `http://auth.team.localhost:${ports.auth}`,
          COOKIE_DOMAIN: 'team.localhost',
          SECRET_KEY: secret,
          DATABASE_URL: databaseUrl,
        }
      : {}

  it('do what the page says, as they are written', async () => {
    const person = createPerson({ ...surroundings(process.execPath, bin), ...registry.env })
    const installed = new Set<string>()
    // "Until the packages are on npm, npm run pack prints the line to type. All commands then work as they are."
    await person.type(installLines(tarballs).app, app)
    for (const typed of TYPED) {
      const folder =
        typed.folder === 'app' ? app : typed.folder === 'docker' ? docker : mkdtempSync(join(app, 'new-'))
      for (const [name, content] of Object.entries(typed.files ?? {})) {
        writeFileSync(join(folder, name), content)
      }
      const begun = person.terminals().length
      for (const line of typed.lines) {
        // npm takes its time, and would find nothing to do.
        const isAgain = line.startsWith('npm install') && installed.has(line)
        if (isAgain || typed.without?.[line] !== undefined) continue
        // Chosen late, since others may take it until then; later ones find the first one running.
        if (line.startsWith('npx latchkey dev ')) ports.dev ||= await deadPort()
        await person.type(substituted(line, person), folder, environment(typed))
        installed.add(line)
      }
      const used = person.terminals().slice(begun)
      const outputs = used.map((one) => one.output()).join('\n')
      if (typed.prints) expect(outputs, typed.lines.join('\n')).toMatch(typed.prints)
      // The one with settings in the environment serves the commands after it.
      for (const one of used.filter((one) => !typed.asService && /auth service is at/.test(one.output())))
        await one.interrupt()
    }
    const waited = person.terminals().filter((one) => one.output().includes('Waiting for it'))
    expect(waited.map((one) => one.output())).toEqual([
      expect.stringMatching(/The doctor on the running app[\s\S]*ok {4}http:\/\/app1/),
    ])
    expect(waited[0]?.output()).not.toContain('FAIL')
  })

  it.each(SETTINGS)('an app accepts the settings %s', async (settings) => {
    const folder = mkdtempSync(join(app, 'new-'))
    writeFileSync(join(folder, '.env'), settings)
    const code =
      "import { auth } from '@latchkey/jwt-middleware/hono'; const web = auth(); console.log(web.accountUrl()); web.close()"
    const person = createPerson(surroundings(process.execPath))
    const terminal = await person.type(`node --env-file=.env --input-type=module --eval "${code}"`, folder)
    const { LOGIN_URL = '' } = parseEnv(settings)
    expect(terminal.output()).toContain(new URL('/account', LOGIN_URL).href)
  })
})
