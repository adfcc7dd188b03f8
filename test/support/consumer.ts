import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { lockedVersion, writeLockedManifest } from '../../scripts/packing.ts'

const root = resolve(import.meta.dirname, '../..')
const LOGIN_URL = 'https://auth.example.com/login'
const OWN_URL = 'https://app1.example.com'
const PEERS = ['drizzle-orm', 'better-sqlite3', 'hono', '@hono/node-server', 'express', 'pg']
const TYPES = ['@types/better-sqlite3', '@types/express', '@types/node', '@types/pg']
/** Not in this repository's lock file: what the middleware's types must get on with, and older compilers. */
const ELSE = {
  '@types/passport': '1.0.17',
  'typescript-5': 'npm:typescript@5.9.3',
  'typescript-6': 'npm:typescript@6.0.3',
}
/** The limit for the service's start and stop, in ms. */
const PATIENCE = 120_000

/** A user's app: a folder outside this repository, with the tarballs (file by package name) and peers installed. */
export function installApp(folder: string, tarballs: Readonly<Record<string, string>>): void {
  const dependencies = {
    ...Object.fromEntries(Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`])),
    ...Object.fromEntries([...PEERS, ...TYPES].map((name) => [name, lockedVersion(name)])),
    ...ELSE,
  }
  mkdirSync(folder)
  // With the versions of this repository's lock file, npm finds everything in its cache.
  writeLockedManifest(folder, { name: 'app', private: true, type: 'module', dependencies })
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  execFileSync('npm', ['install', ...quiet], { cwd: folder, stdio: 'inherit' })
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
  execFileSync('tsc', ['-p', folder], { cwd: root, stdio: 'inherit' })
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

/** An app on Express and Hono, beside Passport's types. */
const MODULE = `
import { auth, loginRequired } from '@latchkey/jwt-middleware/express'
import { auth as honoAuth, loginRequired as honoLoginRequired } from '@latchkey/jwt-middleware/hono'
import * as contract from '@latchkey/jwt-middleware/contract'
import * as fetching from '@latchkey/jwt-middleware/fetch'
import * as testing from '@latchkey/jwt-middleware/testing'
import * as root from '@latchkey/jwt-middleware'
import express from 'express'
import { Hono } from 'hono'
import passport from 'passport'
export const all = [contract, fetching, testing, root]
const app = express()
app.use(passport.initialize(), auth())
app.get('/', (req, res) => {
  const known: boolean = req.user.isAuthenticated
  res.json(known)
})
app.get('/:id', loginRequired((req, res) => {
  const email: string = req.user.email
  res.json([email, req.params.id])
}))
new Hono().use(honoAuth()).get('/', honoLoginRequired(), (c) => c.text(c.var.user.email))
`

const STORES = `
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { postgresUsers } from '@latchkey/jwt-middleware/postgres'
import { authDatabase } from '@latchkey/jwt-middleware/auth-database'
export const stores = [sqliteUsers, postgresUsers, authDatabase]
`

/** The same for an app that requires its packages. */
const REQUIRING = `
import express = require('express')
import latchkey = require('@latchkey/jwt-middleware/express')
import passport = require('passport')
const app = express()
app.use(passport.initialize(), latchkey.auth())
app.get('/:id', latchkey.loginRequired((req, res) => {
  const email: string = req.user.email
  res.json([email, req.params.id])
}))
`

/** Each supported compiler, and each way to find modules. The first is this repository's own. */
const COMPILATIONS = [
  { compiler: null, module: 'nodenext', files: ['stores.ts', 'module.ts', 'requiring.cts'] },
  { compiler: null, module: 'esnext', moduleResolution: 'bundler', files: ['module.ts'] },
  { compiler: 'typescript-6', module: 'nodenext', files: ['requiring.cts'] },
  { compiler: 'typescript-5', module: 'nodenext', files: ['module.ts'] },
  // What "module": "commonjs" means up to TypeScript 5.
  { compiler: 'typescript-5', module: 'commonjs', moduleResolution: 'node10', files: ['requiring.ts'] },
]

/**
 * Compiles an app without `skipLibCheck`. Throws for an error in the app or in our declarations; drizzle-orm's own have
 * errors.
 */
export function tryTypes(folder: string): void {
  writeFileSync(join(folder, 'stores.ts'), STORES)
  writeFileSync(join(folder, 'module.ts'), MODULE)
  writeFileSync(join(folder, 'requiring.cts'), REQUIRING)
  writeFileSync(join(folder, 'requiring.ts'), REQUIRING)
  for (const { compiler, files, ...mode } of COMPILATIONS) {
    writeJson(folder, 'tsconfig.types.json', {
      compilerOptions: {
        ...mode,
        target: 'es2023',
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        esModuleInterop: true,
        types: ['node'],
      },
      files,
    })
    const tsc = compiler
      ? [process.execPath, join(folder, 'node_modules', compiler, 'bin/tsc')]
      : [join(root, 'node_modules/.bin/tsc')]
    const [command = '', ...args] = [...tsc, '-p', 'tsconfig.types.json', '--pretty', 'false']
    const { stdout } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' })
    const ours = stdout
      .split('\n')
      .filter((line) => /^(?!node_modules)\S+\(|^error|^node_modules\/@?latchkey/.test(line))
    if (ours.length > 0) throw new Error(`${compiler ?? 'tsc'}, ${JSON.stringify(mode)}:\n${ours.join('\n')}`)
  }
}

/** Requires every entry in a CommonJS module. */
export function tryRequire(folder: string): void {
  const manifest = readFileSync(join(folder, 'node_modules/@latchkey/jwt-middleware/package.json'), 'utf8')
  const entries = Object.keys((JSON.parse(manifest) as { exports: object }).exports)
  const lines = entries.map((entry) => `require('@latchkey/jwt-middleware${entry.slice(1)}')`)
  writeFileSync(join(folder, 'requiring.cjs'), lines.join('\n'))
  execFileSync(process.execPath, ['requiring.cjs'], { cwd: folder, stdio: 'inherit' })
}

/** Starts the installed `latchkey-auth` and stops it. Throws unless it prints its address and exits cleanly. */
export async function tryService(folder: string): Promise<void> {
  const child = spawn(join(folder, 'node_modules/.bin/latchkey-auth'), [], {
    cwd: folder,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: PATIENCE,
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
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
