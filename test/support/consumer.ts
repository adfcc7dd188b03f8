import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { lockedVersion, type PackageName, writeLockedManifest } from '../../scripts/packing.ts'
import { startRegistry } from './registry.ts'
import { OLDER_COMPILERS, PASSPORT } from './type-matrix.ts'

const root = resolve(import.meta.dirname, '../..')
const LOGIN_URL = 'https://auth.example.com/login'
const OWN_URL = 'https://app1.example.com'
const PEERS = [
  'drizzle-orm',
  'better-sqlite3',
  'hono',
  '@hono/node-server',
  'express',
  'fastify',
  'koa',
  'openid-client',
  'pg',
]
const TYPES = ['@types/better-sqlite3', '@types/express', '@types/koa', '@types/node', '@types/pg']
/** The limit for the service's start and stop, in ms. */
const PATIENCE = 120_000

/** A user's app: a folder outside this repository, with the tarballs and peers installed. */
export async function installApp(
  folder: string,
  tarballs: Readonly<Record<PackageName, string>>,
): Promise<void> {
  const registry = await startRegistry(tarballs)
  const dependencies = {
    ...registry.dependencies,
    ...Object.fromEntries([...PEERS, ...TYPES].map((name) => [name, lockedVersion(name)])),
    ...OLDER_COMPILERS,
    ...PASSPORT,
  }
  mkdirSync(folder)
  // With the versions of this repository's lock file, npm finds everything in its cache.
  writeLockedManifest(folder, { name: 'app', private: true, type: 'module', dependencies })
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const env = { ...process.env, ...registry.env }
  await promisify(execFile)('npm', ['install', ...quiet], { cwd: folder, env })
  await registry.close()
}

/**
 * Compiles and serves the README's two lines in that app. Throws unless an anonymous visitor is redirected to the login
 * page.
 */
export function tryReadme(folder: string, readme: string): void {
  const snippet = readFileSync(readme, 'utf8').match(/```tsx?\n([^`]*jwt-middleware\/hono[^`]*)```/)?.[1]
  if (!snippet) throw new Error(`${readme} shows no code that uses @latchkey/jwt-middleware/hono`)
  writeFileSync(join(folder, 'app.tsx'), around(snippet))
  writeJson(folder, 'tsconfig.json', {
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      skipLibCheck: true,
      jsx: 'react-jsx',
      jsxImportSource: 'hono/jsx',
      types: ['node'],
    },
    files: ['app.tsx'],
  })
  execFileSync('tsc', ['-p', folder, '--checkers', '1'], { cwd: root, stdio: 'inherit' })
  const env = { ...process.env, LOGIN_URL, OWN_URL }
  const answer = execFileSync(process.execPath, ['app.js'], { cwd: folder, env, encoding: 'utf8' }).trim()
  const expected = `302 ${LOGIN_URL}?next=${encodeURIComponent(`${OWN_URL}/notes?page=2`)}`
  if (answer !== expected) throw new Error(`The README's app answered "${answer}", not "${expected}"`)
}

/** What the README leaves to the reader: an app, a database, a page; and a visitor. */
const around = (snippet: string) => `
import { once } from 'node:events'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { AuthenticatedUser } from '@latchkey/jwt-middleware'
import Database from 'better-sqlite3'
import { Hono } from 'hono'
const app = new Hono()
const db = new Database('app.sqlite')
const Notes = (props: { of: AuthenticatedUser }) => <p>{props.of.email}</p>
${snippet}
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const [answer] = await once(get({ port, path: '/notes?page=2', headers: { accept: 'text/html' } }), 'response')
answer.resume()
console.log(answer.statusCode, answer.headers.location)
server.close()
`

/** Requires every entry in a CommonJS module. */
export function tryRequire(folder: string): void {
  const manifest = readFileSync(join(folder, 'node_modules/@latchkey/jwt-middleware/package.json'), 'utf8')
  // Next bundles its entry, and is not installed here.
  const entries = Object.keys((JSON.parse(manifest) as { exports: object }).exports).filter(
    (entry) => entry !== './next',
  )
  const lines = entries.map((entry) => `require('@latchkey/jwt-middleware${entry.slice(1)}')`)
  writeFileSync(join(folder, 'requiring.cjs'), lines.join('\n'))
  execFileSync(process.execPath, ['requiring.cjs'], { cwd: folder, stdio: 'inherit' })
}

/**
 * Starts the installed `latchkey-auth` with this Node and stops it. Throws unless it prints its address and exits
 * cleanly.
 */
export async function tryService(folder: string, node = process.execPath): Promise<void> {
  const child = spawn(join(folder, 'node_modules/.bin/latchkey-auth'), [], {
    cwd: folder,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: PATIENCE,
    env: {
      PATH: [dirname(node), process.env.PATH].join(delimiter),
      AUTH_URL: 'https://auth.example.com',
      COOKIE_DOMAIN: 'example.com',
      DATABASE_URL: 'file:auth.sqlite',
      SECRET_KEY: 'only for a moment in a temporary folder',
      PORT: '0',
    },
  })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
    if (!child.killed && /\(listening on 127\.0\.0\.1, port \d+\)/.test(output)) child.kill('SIGTERM')
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0 || !child.killed) throw new Error(`latchkey-auth ended with ${code ?? signal}:\n${output}`)
}

const writeJson = (folder: string, name: string, value: unknown): void =>
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
