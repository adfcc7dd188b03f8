import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it, onTestFinished } from 'vitest'
import { OLDEST_PEERS, peerVersionProblem } from '../../../jwt-middleware/src/contract/peer-version.ts'

const root = resolve(import.meta.dirname, '../../..')

describe('Versions of frameworks and drivers', () => {
  it.each([
    ['express', '4.21.0'],
    ['express', '4.22.3'],
    ['express', '5.0.0'],
    ['express', '6.0.0-alpha.1'],
    ['hono', '4.10.0'],
    ['drizzle-orm', '1.0.0-beta.2'],
    ['koa', 'unknown'],
    ['next', '16.4.6'],
    ['next', '17.0.0-canary.3'],
  ] as const)('are fit: %s %s', (peer, version) => {
    expect(peerVersionProblem(peer, version)).toBeNull()
  })

  it.each([
    ['express', '4.20.9', '4.21'],
    ['express', '3.21.2', '4.21'],
    ['hono', '4.5.11', '4.6'],
    ['drizzle-orm', '0.43.1', '0.44'],
    ['better-sqlite3', '10.1.0', '11'],
    ['koa', '2.16.0', '3'],
    ['next', '16.0.11', '16.1'],
    ['next', '15.5.0', '16.1'],
  ] as const)('are refused with the remedy: %s %s', (peer, version, needed) => {
    expect(peerVersionProblem(peer, version)).toBe(
      `Latchkey needs ${peer} ${needed} or newer, and this app has ${version}. Run: npm install ${peer}@latest`,
    )
  })

  it('never keep npm from installing: an app may have older ones for something else', () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(
      readFileSync(join(root, 'jwt-middleware/package.json'), 'utf8'),
    )
    expect(Object.keys(peerDependencies).sort()).toEqual(Object.keys(OLDEST_PEERS).sort())
    for (const name of Object.keys(OLDEST_PEERS)) {
      expect([name, peerDependencies[name], peerDependenciesMeta[name]]).toEqual([
        name,
        '*',
        { optional: true },
      ])
    }
  })
})

/** An app with a copy of the middleware and with an Express of this version, of which only the manifest is there. */
function appWith(version: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-peers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const modules = join(folder, 'node_modules')
  const own = join(modules, '@latchkey/jwt-middleware')
  mkdirSync(dirname(own), { recursive: true })
  for (const part of ['dist', 'package.json']) {
    cpSync(join(root, 'jwt-middleware', part), join(own, part), { recursive: true })
  }
  for (const name of ['jose', 'eventsource-parser']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  putExpress(modules, version)
  writeFileSync(
    join(folder, 'app.mjs'),
    `import { auth } from '@latchkey/jwt-middleware/express'
    try {
      auth({ loginUrl: 'http://auth.test.localhost/login', ownUrl: 'http://app.test.localhost' }).close()
      console.log('fits')
    } catch ({ code, message }) {
      console.log(code, message)
    }`,
  )
  return folder
}

function putExpress(modules: string, version: string): void {
  mkdirSync(join(modules, 'express'), { recursive: true })
  writeFileSync(join(modules, 'express/package.json'), JSON.stringify({ name: 'express', version }))
}

const run = (folder: string, cwd = folder): string =>
  spawnSync(process.execPath, [join(folder, 'app.mjs')], { cwd, encoding: 'utf8' }).stdout.trim()

/** Puts the app's program, where the middleware stays as it is. */
const program = (folder: string, code: string): void => writeFileSync(join(folder, 'app.mjs'), code)

describe('auth() for Express', () => {
  it('refuses an Express that is too old', () => {
    expect(run(appWith('4.17.3'))).toBe(
      'unsupported_version Latchkey needs express 4.21 or newer, and this app has 4.17.3. ' +
        'Run: npm install express@latest',
    )
  })

  it('takes the app’s own Express, where a workspace has an older one beside it', () => {
    const folder = appWith('4.17.3')
    const app = join(folder, 'apps/board')
    putExpress(join(app, 'node_modules'), '5.1.0')
    expect(run(folder, app)).toBe('fits')
  })

  it('takes an Express that it can’t find', () => {
    const folder = appWith('4.17.3')
    rmSync(join(folder, 'node_modules/express'), { recursive: true })
    expect(run(folder)).toBe('fits')
  })
})

describe('A package that is imported when it is needed', () => {
  const OIDC = `
    import { oidc } from '@latchkey/jwt-middleware/oidc'
    try {
      oidc()
      console.log('fits')
    } catch ({ code, message }) {
      console.log(code, message)
    }`

  it('is named with its command, where an app on another domain starts without openid-client', () => {
    const folder = appWith('5.1.0')
    program(folder, OIDC)
    expect(run(folder)).toBe(
      'package_missing oidc() needs the package openid-client, which is not installed. Run: npm install openid-client',
    )
    symlinkSync(join(root, 'node_modules/openid-client'), join(folder, 'node_modules/openid-client'))
    expect(run(folder)).toBe('fits')
  })

  it.each([
    ['postgres://reader@127.0.0.1/auth', 'pg'],
    ['file:auth.sqlite', 'better-sqlite3'],
  ])('is named where authDatabase(%j) has no driver', (address, driver) => {
    const folder = appWith('5.1.0')
    program(
      folder,
      OIDC.replace('oidc }', 'authDatabase }')
        .replace('/oidc', '/auth-database')
        .replace('oidc()', `authDatabase('${address}')`),
    )
    expect(run(folder)).toBe(
      `package_missing authDatabase() needs the package ${driver}, which is not installed. Run: npm install ${driver}`,
    )
    symlinkSync(join(root, 'node_modules', driver), join(folder, 'node_modules', driver))
    expect(run(folder)).toBe('fits')
  })

  it('is not missing in a bundle, which contains it', async () => {
    const folder = appWith('5.1.0')
    program(folder, OIDC)
    symlinkSync(join(root, 'node_modules/openid-client'), join(folder, 'node_modules/openid-client'))
    await build({
      entryPoints: [join(folder, 'app.mjs')],
      outfile: join(folder, 'app.mjs'),
      allowOverwrite: true,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    })
    rmSync(join(folder, 'node_modules'), { recursive: true })
    expect(run(folder)).toBe('fits')
  })
})
