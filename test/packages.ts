import { deepStrictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildPackages, PACKAGES, type PackageName, type Packed, pack } from '../scripts/packing.ts'
import { installApp, tryReadme, tryRequire, tryService } from './support/consumer.ts'
import { quickFolder } from './support/quick-folder.ts'
import { tryTypes } from './support/type-matrix.ts'

// Packs all packages as npm would publish them, checks their content, and uses them in an external app.
const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(quickFolder(0.5), 'latchkey-packages-'))

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit', timeout: 300_000 })
}

/** Entries for style sheets and pictures, which have no types. */
function assetsOf(name: string): string[] {
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> }
  return Object.keys(exports).filter((entry) => /\.(css|svg)$/.test(entry))
}

interface Expected {
  /** The source of its migrations. */
  readonly migrations?: string
  readonly files: readonly string[]
}

const MUST_SHIP: Record<PackageName, Expected> = {
  '@latchkey/jwt-middleware': {
    files: [
      ...['hono', 'express', 'fastify', 'koa', 'next', 'node', 'oidc', 'web'].map(
        (entry) => `dist/${entry}.js`,
      ),
      'assets/fetch.js',
      'assets/fetch.d.ts',
    ],
  },
  '@latchkey/auth-service': {
    migrations: 'drizzle/auth',
    files: [
      'dist/main.js',
      'dist/cli.js',
      'dist/bundle/LICENSES.txt',
      'dist/bundle/chunks/worker.js',
      'assets/theme.css',
      'assets/icon.svg',
      'assets/password-strength.js',
      'assets/local-time.js',
      'assets/metadata-file.js',
      // What "latchkey add" writes.
      'assets/django/latchkey_django.py',
      ...globSync('assets/recipes/**/*.txt', { cwd: join(root, 'auth-service') }),
    ],
  },
  latchkey: { files: ['latchkey.js'] },
}

/** Throws unless the package has all the files it needs, and none of an older build. */
function checkContents(name: string, paths: readonly string[], { migrations, files }: Expected): void {
  const sources = migrations ? globSync('**/{*.sql,_journal.json}', { cwd: join(root, migrations) }) : []
  const needed = ['LICENSE', 'README.md', ...files, ...sources.map((path) => join('drizzle', path))]
  const missing = needed.filter((path) => !paths.includes(path))
  if (missing.length > 0) throw new Error(`${name} does not ship ${missing.join(', ')}`)

  const stale = paths.filter((path) => {
    const source = path.replace(/^dist\//, 'src/').replace(/\.(js|d\.ts)(\.map)?$/, '.ts')
    if (path.startsWith('dist/bundle/')) return false
    if (path.startsWith('dist/')) return !paths.includes(source) && !paths.includes(`${source}x`)
    return path.startsWith('drizzle/') && !needed.includes(path)
  })
  if (stale.length > 0) throw new Error(`${name} ships what has no source: ${stale.join(', ')}`)
}

/** Throws unless compilers that don't read "exports" find the types of each entry. */
function checkOldTypes(name: PackageName): void {
  const manifest = readFileSync(join(root, PACKAGES[name], 'package.json'), 'utf8')
  const { exports, typesVersions } = JSON.parse(manifest) as {
    exports: Record<string, { types?: string }>
    typesVersions?: { '*': Record<string, [string]> }
  }
  if (!typesVersions) return
  const entries = Object.entries(exports).flatMap(([entry, { types }]) =>
    entry === '.' || types === undefined ? [] : [[entry.slice(2), [types]] as const],
  )
  deepStrictEqual(
    typesVersions['*'],
    Object.fromEntries(entries),
    `${name}: typesVersions are not the exports`,
  )
}

/** Throws unless a second tarball has the same bytes, although the files have other times and rights. */
function checkReproducible(name: PackageName, { tarball, paths }: Packed): void {
  for (const path of paths) {
    const file = join(root, PACKAGES[name], path)
    utimesSync(file, new Date(), new Date())
    if (path.endsWith('.md')) chmodSync(file, 0o600)
  }
  const second = pack(name, join(folder, 'again')).tarball
  if (!readFileSync(tarball).equals(readFileSync(second)))
    throw new Error(`${name} packs to other bytes each time`)
}

try {
  if (!process.argv.includes('--built')) buildPackages()
  const tarballs = {} as Record<PackageName, string>
  for (const [name, expected] of Object.entries(MUST_SHIP) as [PackageName, Expected][]) {
    console.log(`Packing ${name}, and checking what is in it.`)
    const packed = pack(name, folder)
    const { tarball, paths } = packed
    tarballs[name] = tarball
    checkContents(name, paths, expected)
    checkOldTypes(name)
    checkReproducible(name, packed)
    run('publint', '--strict', tarball)
    const excluded = assetsOf(name).flatMap((entry) => ['--exclude-entrypoints', entry])
    run('attw', '--profile', 'esm-only', '--quiet', ...excluded, '--', tarball)
  }

  console.log('Installing all in an app elsewhere.')
  const app = join(folder, 'app')
  await installApp(app, tarballs)
  for (const readme of ['README.md', 'jwt-middleware/README.md']) {
    console.log(`Running the lines of ${readme} in that app: a stranger must be sent to the login page.`)
    tryReadme(app, join(root, readme))
  }
  console.log(
    'Compiling an app with TypeScript 5.9, 6.0 and 7, in each way to find modules; requiring the entries.',
  )
  tryTypes(app)
  tryRequire(app)
  console.log('Starting and ending the installed latchkey-auth.')
  await tryService(app)
  console.log('All packages can be published.')
} finally {
  rmSync(folder, { recursive: true })
}
