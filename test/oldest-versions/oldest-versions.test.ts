import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { PACKAGES, packAll } from '../../scripts/packing.ts'
import { readPage } from '../docs/pages.ts'
import { tryService } from '../support/consumer.ts'
import { freshPostgres } from '../support/database.ts'
import {
  findOldSqlite,
  lowestOf,
  OLD_SQLITES,
  OLDEST_NODE,
  OLDEST_PEERS,
  type OldSqlite,
} from '../support/oldest-versions.ts'
import { quickFolder } from '../support/quick-folder.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { PASSPORT, tryTypes } from '../support/type-matrix.ts'
import { surroundings } from '../support/typing-person.ts'

// npm installs for real.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const root = mkdtempSync(join(quickFolder(0.5), 'latchkey-oldest-'))
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry(packAll(root))
  return async () => {
    await registry.close()
    rmSync(root, { recursive: true, force: true })
  }
})

/** What our peers run beside, from the time of those versions. */
const BESIDE = {
  '@hono/node-server': '1.12.0',
  '@types/better-sqlite3': '7.6.11',
  '@types/express': '4.17.21',
  '@types/koa': '3.0.0',
  '@types/node': '22.14.0',
  '@types/pg': '8.11.0',
  ...PASSPORT,
}

/** Next builds an app before it runs: see `next-oldest.test.ts`. */
const { next: _, ...WITHOUT_BUILD } = OLDEST_PEERS

/** Each peer in its lowest version; a second range of a peer has a name of its own, such as `express-5`. */
const peersWith = (driver: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...WITHOUT_BUILD, 'better-sqlite3': [driver] }).flatMap(([name, versions]) =>
      versions.map((version, index) =>
        index === 0 ? [name, version] : [`${name}-${version.split('.')[0]}`, `npm:${name}@${version}`],
      ),
    ),
  )

/** An empty folder, and npm as a user of that Node has it. */
async function installApp(versions: OldSqlite) {
  const { node, binary } = findOldSqlite(versions)
  const folder = join(root, `app-${versions.driver}`)
  mkdirSync(folder)
  const peers = peersWith(versions.driver)
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: { ...registry.dependencies, ...peers, ...BESIDE },
    }),
  )
  // The driver's own script would compile it again.
  const env = { ...surroundings(node), ...registry.env }
  await promisify(execFile)('npm', ['install', '--ignore-scripts'], { cwd: folder, env })
  const built = join(folder, 'node_modules/better-sqlite3/build/Release', 'better_sqlite3.node')
  mkdirSync(dirname(built), { recursive: true })
  cpSync(binary, built)
  return { folder, node, peers }
}

const versionIn = (folder: string, name: string): string =>
  JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version

describe('The lowest versions that the packages take', () => {
  it.each(OLD_SQLITES)('sign users in, with better-sqlite3 $driver (Node: $node)', async (versions) => {
    const { folder, node, peers } = await installApp(versions)
    for (const [name, version] of Object.entries(peers)) {
      expect(versionIn(folder, name), name).toBe(version.split('@').at(-1))
    }
    cpSync(join(import.meta.dirname, 'app.js'), join(folder, 'app.js'))
    const env = { ...surroundings(node), POSTGRES_URL: await freshPostgres() }
    const { stdout, stderr } = await promisify(execFile)(node, ['app.js'], { cwd: folder, env })
    const answer = JSON.parse(stdout)
    if (versions.node) expect(answer.node).toBe(OLDEST_NODE)
    const email = 'ada@example.com'
    const frameworks = ['hono', 'express', 'express-5', 'fastify', 'koa', 'node', 'fetch']
    const stores = ['sqlite', 'postgres', 'postgres with drizzle']
    expect(answer.results).toEqual(
      frameworks.flatMap((framework) =>
        stores.map((store) => ({
          framework,
          store,
          anonymous: expect.stringMatching(/^401 .*"login_url":"http:\/\/auth\.latchkey\.test\/login\?next=/),
          same: true,
          id: 1,
          email,
          isStaff: true,
          foreignPost: expect.stringMatching(/^403 /),
        })),
      ),
    )
    expect(answer.rows).toEqual({ sqlite: [{ id: 1, email }], postgres: [{ id: '1', email }] })
    expect(answer.outage).toMatch(/^503 /)
    expect(stderr).toContain(`error: 'relation "latchkey_users" does not exist'`)
    expect(stderr).not.toContain('Failed query')
    expect(stderr).not.toContain('grace@example.com')

    // Its types, too, as an app has them that took all of these at one time.
    tryTypes(folder, [{ compiler: null, mode: 'nodenext' }])

    // The auth service brings its own driver and frameworks, and needs only that Node.
    await tryService(folder, node)
    const reader = `
      import { authDatabase } from '@latchkey/jwt-middleware/auth-database'
      const people = authDatabase('file:auth.sqlite')
      console.log(await people.sync({ uuid: '01890000-0000-7000-8000-000000000000', version: 1 }, 'existing'))
      await people.close()`
    const read = await promisify(execFile)(node, ['--input-type=module', '--eval', reader], {
      cwd: folder,
      env,
    })
    expect(read.stdout.trim()).toBe('null')
    const version = execFileSync('npx', ['latchkey', '--version'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    expect(version).toContain(versionIn(folder, 'latchkey'))
  })
})

describe('The lowest versions of the documentation', () => {
  /** As pages write it: `4.6` for `4.6.0`. */
  const short = (version: string) => version.replace(/(\.0)+$/, '')

  const stated = { ...OLDEST_PEERS, node: [OLDEST_NODE] }
  const rowNames: Record<string, string> = {
    node: 'Node',
    hono: 'Hono',
    express: 'Express',
    fastify: 'Fastify',
    koa: 'Koa',
    next: 'Next.js',
  }

  it.each(['docs/quick-start.md', 'jwt-middleware/README.md'])('are those that %s names', (page) => {
    const [, table = ''] = /## Supported versions\n\n((?:\|.*\n)+)/.exec(readPage(page)) ?? []
    for (const [name, versions] of Object.entries(stated)) {
      const row = table.split('\n').find((line) => line.startsWith(`| ${rowNames[name] ?? name} |`))
      const numbers = row?.split('|')[2]?.match(/\d+(\.\d+)*/g) ?? []
      expect(numbers, `${name} in ${page}: ${row}`).toEqual(expect.arrayContaining(versions.map(short)))
      expect(numbers[0], `${name} in ${page}: ${row}`).toBe(short(versions[0] as string))
    }
  })

  it('is the same Node in all packages', () => {
    for (const folder of Object.values(PACKAGES)) {
      const { engines } = JSON.parse(readPage(`${folder}/package.json`))
      expect(lowestOf(engines.node), folder).toEqual([OLDEST_NODE])
    }
  })
})
