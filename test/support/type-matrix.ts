import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { MISSPELT_NAMES, PERMISSIONS } from './misspelt-names.ts'

const root = resolve(import.meta.dirname, '../..')

/** Not in this repository's lock file: the older compilers. Its own is the newest. */
export const OLDER_COMPILERS = {
  'typescript-5': 'npm:typescript@5.9.3',
  'typescript-6': 'npm:typescript@6.0.3',
}

/** What the middleware's types must get on with. */
export const PASSPORT = { '@types/passport': '1.0.17' }

/** Apps on each framework, beside Passport's types. */
const MODULE = `
import { auth, loginRequired } from '@latchkey/jwt-middleware/express'
import { auth as fastifyAuth, loginRequired as fastifyLoginRequired } from '@latchkey/jwt-middleware/fastify'
import { auth as honoAuth, loginRequired as honoLoginRequired } from '@latchkey/jwt-middleware/hono'
import { auth as koaAuth, loginRequired as koaLoginRequired } from '@latchkey/jwt-middleware/koa'
import { auth as nodeAuth } from '@latchkey/jwt-middleware/node'
import { oidc } from '@latchkey/jwt-middleware/oidc'
import { auth as webAuth } from '@latchkey/jwt-middleware/web'
import { createServer } from 'node:http'
import * as contract from '@latchkey/jwt-middleware/contract'
import * as fetching from '@latchkey/jwt-middleware/fetch'
import * as testing from '@latchkey/jwt-middleware/testing'
import * as root from '@latchkey/jwt-middleware'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
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
const api = fastify()
api.register(fastifyAuth())
api.get('/', async (request): Promise<boolean> => request.user.isAuthenticated)
api.get('/:id', fastifyLoginRequired<{ Params: { id: string } }>(async (request) => {
  const email: string = request.user.email
  return [email, request.params.id]
}))
new Koa().use(koaAuth()).use(koaLoginRequired((ctx) => {
  const email: string = ctx.state.user.email
  ctx.body = email
}))
const node = nodeAuth()
createServer(node.loginRequired((req, res, user) => res.end(user.email)))
const web = webAuth({ oidc: oidc({ callbackPath: '/return' }) })
export const served: (request: Request) => Promise<Response> = web.loginRequired(
  (request, user) => new Response(user.email),
)
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
import Fastify = require('fastify')
import Koa = require('koa')
import latchkey = require('@latchkey/jwt-middleware/express')
import forFastify = require('@latchkey/jwt-middleware/fastify')
import forKoa = require('@latchkey/jwt-middleware/koa')
import passport = require('passport')
const app = express()
app.use(passport.initialize(), latchkey.auth())
app.get('/:id', latchkey.loginRequired((req, res) => {
  const email: string = req.user.email
  res.json([email, req.params.id])
}))
Fastify().register(forFastify.auth())
new Koa().use(forKoa.auth()).use(forKoa.loginRequired((ctx) => {
  ctx.body = ctx.state.user.email
}))
`

const FILES = {
  'permissions.ts': PERMISSIONS,
  'names.ts': MISSPELT_NAMES,
  'stores.ts': STORES,
  'module.ts': MODULE,
  'requiring.cts': REQUIRING,
  // What "module": "commonjs" takes for a CommonJS module.
  'requiring.ts': REQUIRING,
}

/** The ways to find modules, each with what an app's `tsconfig.json` says and with the modules that can be written so. */
const MODES = {
  // It lets no CommonJS module require an ES module.
  node16: { options: { module: 'node16' }, files: ['stores.ts', 'module.ts', 'permissions.ts', 'names.ts'] },
  nodenext: {
    options: { module: 'nodenext' },
    files: ['stores.ts', 'module.ts', 'permissions.ts', 'names.ts', 'requiring.cts'],
  },
  bundler: {
    options: { module: 'esnext', moduleResolution: 'bundler' },
    files: ['stores.ts', 'module.ts', 'permissions.ts', 'names.ts'],
  },
  node10: {
    options: { module: 'commonjs', moduleResolution: 'node10' },
    files: ['stores.ts', 'module.ts', 'permissions.ts', 'names.ts', 'requiring.ts'],
  },
}

/** A compiler, and a way to find modules. */
export interface Compilation {
  /** `null` is this repository's own. */
  readonly compiler: keyof typeof OLDER_COMPILERS | null
  readonly mode: keyof typeof MODES
  readonly options?: Readonly<Record<string, string>>
}

/** All supported ones. TypeScript 7 has no `node10`, and 6 asks to be told that its end is known. */
export const COMPILATIONS: readonly Compilation[] = [
  { compiler: null, mode: 'node16' },
  { compiler: null, mode: 'nodenext' },
  { compiler: null, mode: 'bundler' },
  { compiler: 'typescript-6', mode: 'node16' },
  { compiler: 'typescript-6', mode: 'nodenext' },
  { compiler: 'typescript-6', mode: 'bundler' },
  { compiler: 'typescript-6', mode: 'node10', options: { ignoreDeprecations: '6.0' } },
  { compiler: 'typescript-5', mode: 'node16' },
  { compiler: 'typescript-5', mode: 'nodenext' },
  { compiler: 'typescript-5', mode: 'bundler' },
  { compiler: 'typescript-5', mode: 'node10' },
]

/** Packages whose declarations have errors of their own, as the documentation says. */
const WITH_ERRORS = ['drizzle-orm', '@types/koa']

/**
 * Compiles an app without `skipLibCheck`. Throws for an error in the app or in our declarations, and if another package
 * has errors of its own.
 */
export function tryTypes(folder: string, compilations = COMPILATIONS): void {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  for (const { compiler, mode, options } of compilations) {
    const config = {
      compilerOptions: {
        ...MODES[mode].options,
        ...options,
        target: 'es2023',
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        esModuleInterop: true,
        types: ['node'],
      },
      files: MODES[mode].files,
    }
    writeFileSync(join(folder, configOf(compiler, mode)), JSON.stringify(config))
  }
  for (const compiler of new Set(compilations.map(({ compiler }) => compiler))) {
    const configs = compilations
      .filter((one) => one.compiler === compiler)
      .map(({ mode }) => configOf(compiler, mode))
    if (compiler) {
      // The errors of these packages are not looked for: that is half of the work.
      const script = join(import.meta.dirname, 'check-types.ts')
      const packageFolder = join(folder, 'node_modules', compiler)
      run(folder, process.execPath, script, packageFolder, WITH_ERRORS.join(), ...configs)
    } else {
      const tsc = join(root, 'node_modules/.bin/tsc')
      // Each checker checks what it needs of the declarations by itself.
      for (const config of configs) run(folder, tsc, '-p', config, '--pretty', 'false', '--checkers', '1')
    }
  }
}

const configOf = (compiler: Compilation['compiler'], mode: string) =>
  `tsconfig.${compiler ?? 'typescript'}.${mode}.json`

/** Throws if the compiler has errors to tell that are not those of other packages, or cannot run. */
function run(folder: string, command: string, ...args: string[]): void {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' })
  const errors = stdout.split('\n').filter((line) => /^\S+\(\d|^error/.test(line))
  const unexpected = errors.filter(
    (line) => !WITH_ERRORS.some((name) => line.startsWith(`node_modules/${name}/`)),
  )
  if (unexpected.length > 0 || (status !== 0 && errors.length === 0)) {
    throw new Error(`${[command, ...args].join(' ')}:\n${unexpected.join('\n') || stdout + stderr}`)
  }
}
