import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FRAMEWORKS } from '../../auth-service/src/cli/add/frameworks.ts'
import { readConfig } from '../../auth-service/src/platform/config/config.ts'
import { settingsRead } from '../auth-service/support/settings.ts'
import { makeCertificate } from '../support/proxies.ts'
import { type Block, BUILT, blocksOf, pages } from './pages.ts'
import { fileOf } from './recipe-modules.ts'

const root = resolve(import.meta.dirname, '../..')
const blocks = pages.flatMap((page) => blocksOf(page))
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language))
const where = ({ page, line }: Block) => `${page}:${line}`

/** What the reader already has: an app, a database, a page. */
const AROUND = {
  hono: `
import type { AuthenticatedUser } from '@latchkey/jwt-middleware'
import type Sqlite from 'better-sqlite3'
import type { Hono } from 'hono'
declare const app: Hono
declare const db: Sqlite.Database
declare const Notes: (props: { of: AuthenticatedUser }) => JSX.Element
`,
  express: `
import type Sqlite from 'better-sqlite3'
import type { Express } from 'express'
declare const app: Express
declare const db: Sqlite.Database
`,
  fastify: `
import type Sqlite from 'better-sqlite3'
import type { FastifyInstance } from 'fastify'
declare const app: FastifyInstance
declare const db: Sqlite.Database
`,
  koa: `
import type { Router } from '@koa/router'
import type Sqlite from 'better-sqlite3'
import type { Server } from 'node:http'
declare const router: Router
declare const server: Server
declare const db: Sqlite.Database
`,
  node: `
import type Sqlite from 'better-sqlite3'
import type { Server } from 'node:http'
declare const server: Server
declare const db: Sqlite.Database
`,
  // As their types say it; the repository has none of them.
  web: `
import type { Connection } from '@latchkey/jwt-middleware/web'
type Handler<Info> = (request: Request, info: Info) => Response | Promise<Response>
type Server = { requestIP(request: Request): { address: string; family: 'IPv4' | 'IPv6'; port: number } | null }
declare const Bun: { serve(options: { port: number; fetch: Handler<Server> }): Server }
type NetAddr = { transport: 'tcp' | 'udp'; hostname: string; port: number }
type UnixAddr = { transport: 'unix' | 'unixpacket'; path: string }
type Info = { remoteAddr: NetAddr | UnixAddr; completed: Promise<void> }
declare const Deno: { serve(options: { port: number }, handler: Handler<Info>): unknown }
`,
}
type Kind = keyof typeof AROUND

/** The framework that a block is for: its own import says it, else its page. */
function kindOf({ code, page }: Block): Kind {
  const [, entry] =
    /@latchkey\/jwt-middleware\/(\w+)'/.exec(code.replace(/\/(sqlite|postgres|testing)'/g, '')) ?? []
  const name =
    entry ?? (/^docs\/frameworks\/(\w+)\.md$/.exec(page)?.[1] ?? '').replace(/^(fetch|workers)$/, 'web')
  return name in AROUND ? (name as Kind) : 'hono'
}

/** Of browsers; the repository's types are Node's. */
const LOCATION = 'declare const location: { href: string; assign(url: URL | string): void }'

/** A block as a separate module, with the imports of an earlier block on its page. */
function asModule(block: Block): string {
  // Such a block is a whole module.
  if (fileOf(block) !== null || /from 'vitest'/.test(block.code)) return block.code
  const kind = kindOf(block)
  const imported = new Set(
    [...block.code.matchAll(/import \{([^}]+)\}/g)].flatMap(([, names = '']) =>
      names.split(',').map((name) => name.trim()),
    ),
  )
  const needed: Record<string, string> = {
    auth: `import { auth } from '@latchkey/jwt-middleware/${kind}'`,
    sqliteUsers: "import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'",
    sqliteTable: "import { sqliteTable, text } from 'drizzle-orm/sqlite-core'",
  }
  const missing = Object.entries(needed)
    .filter(([name]) => new RegExp(`\\b${name}\\(`).test(block.code) && !imported.has(name))
    .map(([, line]) => line)
  if (/\blocation\./.test(block.code)) missing.push(LOCATION)
  // A block may make or import by itself what others take from the reader.
  const isThere = (line: string) => {
    const [, declared, type] = /^declare const (\w+)|^import type \{ (\w+) \}/.exec(line) ?? []
    const own = declared ? `^(export )?const ${declared}\\b` : `^import .*\\b${type}\\b.* from`
    return new RegExp(own, 'm').test(block.code)
  }
  const around = AROUND[kind]
    .split('\n')
    .filter((line) => !isThere(line))
    .join('\n')
    .replace('JSX.Element', "ReturnType<import('hono/jsx').FC>")
  // What the app serves to browsers is a file of the package.
  const code = block.code
    .replaceAll("'/assets/latchkey.js'", "'@latchkey/jwt-middleware/fetch'")
    // Prisma writes it from the app's own model.
    .replace("'./generated/client.ts'", "'../../../test/docs/prisma/generated/client.ts'")
  return `${around}\n${missing.join('\n')}\n${code}\nexport {}\n`
}

/** What a handler answers with that greets its user. */
const EMAILS = {
  hono: 'c.text(c.var.user.email)',
  express: 'res.send(req.user.email)',
  fastify: 'request.user.email',
  koa: '{ ctx.body = ctx.state.user.email }',
}

describe('Code blocks in the documentation', () => {
  it('are in languages that are checked here', () => {
    const checked = [
      'ts',
      'tsx',
      'js',
      // shell-blocks.test.ts types these.
      'sh',
      'css',
      'nginx',
      'caddyfile',
      'ini',
      'python',
      'json',
      'mermaid',
      'sql',
      // first-hour.test.ts applies these.
      'diff',
      // docker.test.ts checks these.
      'dockerfile',
      'yaml',
      // forward-auth.test.ts and relying-parties.test.ts run these.
      'haproxy',
      'apache',
      'lua',
      // other-languages.test.ts runs these; the page says that Go is untested.
      'php',
      'ruby',
      'go',
      // test/frameworks builds these.
      'svelte',
      'astro',
      // recipes.test.ts compares it with the schema of the client that it runs.
      'prisma',
    ]
    const drawings = (block: Block) => block.language === '' && block.page === 'CONTRIBUTING.md'
    expect(
      blocks.filter((block) => !checked.includes(block.language) && !drawings(block)).map(where),
    ).toEqual([])
    expect(blocks.length).toBeGreaterThan(20)
  })

  it('of frameworks are files of an app that tests build', () => {
    for (const [page, test] of Object.entries(BUILT)) {
      expect(readFileSync(join(root, test), 'utf8')).toContain(`page: '${page}'`)
      const code = of('ts', 'tsx', 'js', 'svelte', 'astro').filter((block) => block.page === page)
      expect(code.filter((block) => fileOf(block) === null).map(where)).toEqual([])
      expect(code.length).toBeGreaterThan(0)
    }
    const elsewhere = of('svelte', 'astro').filter((block) => !(block.page in BUILT))
    expect(elsewhere.map(where)).toEqual([])
  })

  it('in TypeScript and JavaScript compile, and so do the guarded routes that "latchkey add" names', () => {
    const folder = join(root, 'artefacts/docs')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const block of of('ts', 'tsx', 'js').filter((block) => !(block.page in BUILT))) {
      const page = join(folder, block.page.replaceAll('/', '-'))
      mkdirSync(page, { recursive: true })
      writeFileSync(join(page, fileOf(block) ?? `${block.line}.tsx`), asModule(block))
    }
    expect(FRAMEWORKS.map(({ name }) => name.toLowerCase())).toEqual(Object.keys(EMAILS))
    for (const { name, entry, guarded } of FRAMEWORKS) {
      const kind = name.toLowerCase() as keyof typeof EMAILS
      const line = guarded.replace('…', EMAILS[kind])
      writeFileSync(
        join(folder, `${kind}.tsx`),
        asModule({
          page: '',
          line: 1,
          language: 'ts',
          code: `import { loginRequired } from '${entry}'\n${line}`,
        }),
      )
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        // With exactOptionalPropertyTypes, the types of ws don't fit those of @hono/node-server.
        compilerOptions: { noUnusedLocals: false, exactOptionalPropertyTypes: false },
        include: ['**/*.ts', '**/*.tsx'],
        exclude: [],
      }),
    )
    try {
      execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--checkers', '1'], {
        encoding: 'utf8',
      })
    } catch (error) {
      expect.fail((error as { stdout: string }).stdout)
    }
  })

  it.each(of('css').map((block) => [where(block), block] as const))(
    'in CSS are accepted as BRAND_CSS: %s',
    (_, block) => {
      const folder = mkdtempSync(join(tmpdir(), 'latchkey-docs-'))
      const file = join(folder, 'brand.css')
      writeFileSync(file, block.code)
      const config = readConfig({
        AUTH_URL: 'https://auth.example.com',
        COOKIE_DOMAIN: 'example.com',
        SECRET_KEY: 'only the tests know this secret of theirs',
        BRAND_CSS: file,
      })
      expect(config.brand.css).toBeDefined()
      rmSync(folder, { recursive: true })
    },
  )

  it.each(of('nginx').map((block) => [where(block), block] as const))(
    'for nginx are accepted by it: %s',
    (_, block) => {
      const { cert, key } = makeCertificate('auth.example.com')
      const server = block.code.replace(/(ssl_certificate +)\S+;/, `$1${cert};`)
      const site = server.replace(/(ssl_certificate_key +)\S+;/, `$1${key};`)
      const folder = mkdtempSync(join(tmpdir(), 'latchkey-docs-'))
      const file = join(folder, 'nginx.conf')
      writeFileSync(file, `pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${site} }`)
      const { status, stderr } = spawnSync('nginx', ['-t', '-p', folder, '-c', file], { encoding: 'utf8' })
      rmSync(folder, { recursive: true })
      expect(status, stderr).toBe(0)
    },
  )

  it.each(of('caddyfile').map((block) => [where(block), block] as const))(
    'for Caddy are accepted by it: %s',
    (_, block) => {
      const args = ['validate', '--adapter', 'caddyfile', '--config', '-']
      const { status, stderr } = spawnSync('caddy', args, { encoding: 'utf8', input: block.code })
      expect(status, stderr).toBe(0)
    },
  )

  it.each(of('ini').map((block) => [where(block), block] as const))(
    'for systemd set what the service reads: %s',
    (_, block) => {
      const lines = block.code.split('\n').filter((line) => line !== '')
      for (const line of lines) expect(line).toMatch(/^(\[(Unit|Service|Install)\]|[A-Z]\w+=.+)$/)
      const names = [...block.code.matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name)
      expect(settingsRead()).toEqual(expect.arrayContaining(names))
      const { bin } = JSON.parse(readFileSync(join(root, 'auth-service/package.json'), 'utf8'))
      expect(block.code).toContain(`/@latchkey/auth-service/${bin['latchkey-auth']}\n`)
      // It only warns of most mistakes, and of programs that this machine lacks.
      const folder = mkdtempSync(join(tmpdir(), 'latchkey-docs-'))
      const file = join(folder, 'latchkey.service')
      writeFileSync(file, block.code.replace('/usr/bin/node', process.execPath))
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
      rmSync(folder, { recursive: true })
      expect([verified.status, verified.stdout, verified.stderr]).toEqual([0, '', ''])
    },
  )

  it.each(of('python').map((block) => [where(block), block] as const))(
    'in Python can be parsed: %s',
    (_, block) => {
      execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: block.code })
    },
  )

  it.each(of('json').map((block) => [where(block), block] as const))(
    'in JSON can be parsed: %s',
    (_, block) => {
      expect(JSON.parse(block.code)).toBeTypeOf('object')
    },
  )
})
