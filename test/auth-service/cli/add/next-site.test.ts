import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { planChanges } from '../../../../auth-service/src/cli/add/plan.ts'
import { devAndAdd } from '../../../support/dev-and-add.ts'
import { serveNext, writeSite } from '../../../support/next-build.ts'
import { startLatchkey, tempApp } from '../../../support/temp-app.ts'
import { createVisitor } from '../../../support/visitor.ts'

const NONE = { LOGIN_URL: undefined, OWN_URL: undefined }
const manifestOf = (more: Record<string, string> = {}) =>
  JSON.stringify({
    scripts: { dev: 'next dev', start: 'next start' },
    dependencies: {
      '@latchkey/jwt-middleware': '*',
      'drizzle-orm': '*',
      next: '^16.4.6',
      react: '^19.0.0',
      ...more,
    },
  })
const SITE = {
  'package.json': manifestOf(),
  'tsconfig.json': '{}',
  'app/layout.tsx': '',
}
const PROXY = `export { proxy } from './auth'

export const config = {
  matcher: [
    {
      source: '/((?!_next/static/|_next/image$|favicon\\\\.ico$).*)',
      missing: [{ type: 'header', key: 'next-router-prefetch' }],
    },
  ],
}
`

interface Planned {
  readonly refusal: string | null
  readonly files: Readonly<Record<string, string>>
  readonly steps: readonly string[]
  readonly start: string | null
}

function plan(files: Record<string, string>): Planned {
  const folder = tempApp(files)
  const planned = planChanges(folder, undefined, NONE)
  if (!planned.ok) return { refusal: planned.reason, files: {}, steps: [], start: null }
  const { edits, steps, start } = planned.value
  return {
    refusal: null,
    files: Object.fromEntries(edits.map(({ name, after }) => [name, after])),
    steps,
    start,
  }
}

describe('A site on Next', () => {
  it('gets auth.ts and proxy.ts, and the next run has nothing to write', () => {
    const first = plan(SITE)
    expect(first.start).toBe('npm run dev')
    expect(Object.keys(first.files)).toEqual(['auth.ts', 'proxy.ts'])
    expect(first.files['proxy.ts']).toBe(PROXY)
    expect(first.files['auth.ts']).toMatch(
      /^import \{ auth \} from '@latchkey\/jwt-middleware\/next'\n\n\/\/ Local users are in memory.*\nexport const \{\n {2}proxy,[\s\S]*\} = auth\(\)\n$/,
    )
    expect(first.steps.join('\n')).toContain('const user = await loginRequired()')
    const again = plan({ ...SITE, ...first.files })
    expect([again.files, again.steps.filter((step) => !step.startsWith('Set '))]).toEqual([{}, []])
  })

  it('gets them beside its folder app, and in JavaScript if that is what it is written in', () => {
    const { files } = plan({ 'package.json': manifestOf(), 'src/app/layout.jsx': '' })
    expect(Object.keys(files)).toEqual(['src/auth.js', 'src/proxy.js'])
  })

  it.each([
    [
      'lib/db.ts',
      "import Database from 'better-sqlite3'\nexport const db = new Database('app.sqlite')\n",
      "import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'\nimport { db } from './lib/db'\n",
      'auth({ users: () => sqliteUsers(db) })',
    ],
    [
      'db/index.ts',
      "import { Pool } from 'pg'\nexport const pool = new Pool()\n",
      "import { postgresUsers } from '@latchkey/jwt-middleware/postgres'\nimport { pool } from './db'\n",
      'auth({ users: () => postgresUsers(pool) })',
    ],
  ])('keeps users in the database that %s exports', (name, code, imports, call) => {
    const { files } = plan({ ...SITE, [name]: code })
    expect(files['auth.ts']).toContain(imports)
    expect(files['auth.ts']).toContain(call)
  })

  it('keeps an auth.ts of another library, and a proxy of its own', () => {
    const { files, steps } = plan({
      ...SITE,
      'auth.ts': "export { auth } from './other'\n",
      'proxy.ts': 'export function proxy() {}\n',
    })
    expect(Object.keys(files)).toEqual(['latchkey.ts'])
    expect(steps.join('\n')).toContain("import { proxy as latchkey } from './latchkey'")
    const done = plan({
      ...SITE,
      'auth.ts': "export { auth } from './other'\n",
      'latchkey.ts': files['latchkey.ts'] ?? '',
      'proxy.ts':
        "import { proxy as latchkey } from './latchkey'\nexport const proxy = latchkey(() => undefined)\n",
    })
    expect([done.files, done.steps.filter((step) => !step.startsWith('Set '))]).toEqual([{}, []])
  })

  it('asks to rename a middleware.ts first', () => {
    const { files, steps } = plan({ ...SITE, 'middleware.ts': 'export function middleware() {}\n' })
    expect(Object.keys(files)).toEqual(['auth.ts'])
    expect(steps.join('\n')).toContain('npx @next/codemod@latest middleware-to-proxy .')
  })

  it.each([
    ['15.5.0', 'This site has Next.js 15.5, and Latchkey needs 16.1 or newer. Run: npm install next@latest'],
    ['^15.0.0', 'Latchkey needs 16.1 or newer'],
    ['16.0.10', 'Latchkey needs 16.1 or newer'],
  ])('is refused if its version is too old: %s', (next, message) => {
    expect(plan({ ...SITE, 'package.json': manifestOf({ next }) }).refusal).toContain(message)
  })

  it.each(['^16.0.0', '16', 'latest', 'canary', '16.1.0', '17.0.0'])('is taken with %s', (next) => {
    expect(plan({ ...SITE, 'package.json': manifestOf({ next }) }).refusal).toBeNull()
  })

  it('is refused without the App Router', () => {
    expect(plan({ 'package.json': manifestOf(), 'pages/index.tsx': '' }).refusal).toContain('App Router')
  })

  it('is not one if Next is only installed', () => {
    const scripts = { start: 'node app.mjs' }
    const dependencies = { next: '*', hono: '*' }
    const code = "import { Hono } from 'hono'\nconst app = new Hono()\napp.get('/', (c) => c.text('hi'))\n"
    const { files } = plan({ 'package.json': JSON.stringify({ scripts, dependencies }), 'app.mjs': code })
    expect(Object.keys(files)).toEqual(['app.mjs'])
  })
})

it('two commands lead from a site on Next to a signed-in user; the next run asks the doctor', {
  timeout: 300_000,
}, async () => {
  const folder = writeSite('added', {
    'package.json': manifestOf(),
    'jsconfig.json': '{ "compilerOptions": { "jsx": "react-jsx" } }',
    'app/layout.jsx': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>',
    'app/page.jsx': 'export default () => <p>Hello</p>',
  })
  const { own, appPort, user } = await devAndAdd(folder, 'auth.js', 'proxy.js', '.env')
  const page = join(folder, 'app/page.jsx')
  const greeting = `import { loginRequired } from '../auth'
export default async function Page() {
  const { email } = await loginRequired()
  return <p>{\`Hello \${email}\`}</p>
}
`
  writeFileSync(page, greeting)
  const site = await serveNext(folder, 'dev', { PORT: appPort })
  onTestFinished(() => site.stop())
  const visitor = createVisitor()
  const login = await visitor.visit(`${own}/`)
  expect(login.url).toContain('/login')
  expect((await visitor.submit(login, '/login', user)).html).toContain(`Hello ${user.email}`)
  const code = readFileSync(join(folder, 'proxy.js'), 'utf8')
  const again = startLatchkey(folder, ['add', '--yes'])
  expect([await again.ended, again.output()]).toEqual([0, expect.stringContaining('There is nothing to')])
  expect(again.output()).toMatch(/The doctor on the running app:\n[\s\S]*ok {4}http:\/\/app1/)
  expect(again.output()).not.toMatch(/FAIL|fetches ahead/)
  expect(readFileSync(join(folder, 'proxy.js'), 'utf8')).toBe(code)
})
