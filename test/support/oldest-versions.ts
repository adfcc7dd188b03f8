import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { OLDEST_PEERS as LOWEST } from '../../jwt-middleware/src/contract/peer-version.ts'

const root = resolve(import.meta.dirname, '../..')

interface Manifest {
  readonly engines: { readonly node: string }
}

const manifest = JSON.parse(readFileSync(join(root, 'jwt-middleware/package.json'), 'utf8')) as Manifest

/** The lowest version of each part of a range: `>=11` and `^4.21.0 || ^5.0.0` have `11.0.0`, and `4.21.0` and `5.0.0`. */
export const lowestOf = (range: string): readonly string[] =>
  range.split('||').map((part) => {
    const [, version] = /^(?:\^|>=)(\d+(?:\.\d+){0,2})$/.exec(part.trim()) ?? []
    if (version === undefined) throw new Error(`"${range}" does not say its lowest version`)
    return [...version.split('.'), '0', '0'].slice(0, 3).join('.')
  })

/** The lowest versions that the middleware takes, of each of its peers. */
export const OLDEST_PEERS: Readonly<Record<string, readonly string[]>> = LOWEST

/** The lowest version of Node that our packages take. */
export const OLDEST_NODE = lowestOf(manifest.engines.node)[0] as string

/** A Node, and a version of better-sqlite3 whose binary is built for it: those before 13 bring none for every Node. */
export interface OldSqlite {
  /** Undefined for the Node that this repository brings. */
  readonly node: string | undefined
  readonly driver: string
}

/** better-sqlite3 11.0.0 does not compile for Node 24, as its C++ is too old; 12 is the first that is meant for it. */
export const OLD_SQLITES: readonly OldSqlite[] = [
  { node: OLDEST_NODE, driver: OLDEST_PEERS['better-sqlite3']?.[0] as string },
  { node: undefined, driver: '12.0.0' },
]

const folder = join(root, 'artefacts/oldest-versions')

/** Where that Node is installed. */
const nodeFolder = ({ node }: OldSqlite) => (node ? join(folder, `node-${node}`) : root)

const driverFolder = ({ node = 'own', driver }: OldSqlite) =>
  join(folder, `better-sqlite3-${driver}-for-node-${node}`)

/**
 * Paths of that Node, and of the driver's binary.
 * @throws Error that names the remedy if it is not installed
 */
export function findOldSqlite(versions: OldSqlite): { readonly node: string; readonly binary: string } {
  const node = join(nodeFolder(versions), 'node_modules/node/bin/node')
  const built = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'
  const binary = join(driverFolder(versions), built)
  if (existsSync(node) && existsSync(binary)) return { node, binary }
  throw new Error(`These tests need better-sqlite3 ${versions.driver}. Run: npm run setup`)
}

/** Installs them from npm, and compiles the driver where no binary of it can be downloaded. */
export function installOldSqlite(versions: OldSqlite): void {
  const { node, driver } = versions
  const home = nodeFolder(versions)
  if (node) install(home, 'node', node)
  // The package of Node brings its headers, for which node-gyp would ask nodejs.org.
  const [header] = globSync('node_modules/{,node/node_modules/}node-*/include/node/node.h', { cwd: home })
  install(driverFolder(versions), 'better-sqlite3', driver, {
    PATH: [join(home, 'node_modules/node/bin'), process.env.PATH].join(delimiter),
    // A quick build does for tests.
    CFLAGS: '-O0',
    CXXFLAGS: '-O0',
    JOBS: '2',
    ...(header && { npm_config_nodedir: resolve(home, dirname(header), '../..') }),
  })
}

/** Installs one package in a folder of its own, with its scripts. */
function install(where: string, name: string, version: string, env: Record<string, string> = {}): void {
  mkdirSync(where, { recursive: true })
  const manifest = { private: true, dependencies: { [name]: version }, allowScripts: { [name]: true } }
  writeFileSync(join(where, 'package.json'), JSON.stringify(manifest))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: where,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
}
