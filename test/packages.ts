import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { installApp, tryReadme, tryService } from './support/consumer.ts'

// Packs both packages as npm would publish them, checks their content, and uses them in an external app.
const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'latchkey-packages-'))

/** The fields of `npm pack --json` that are needed. */
interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit', timeout: 300_000 })
}

/** Packs a workspace after its prepack step. The steps run separately, since both print to stdout. */
function pack(workspace: string): { tarball: string; paths: string[] } {
  run('npm', 'run', 'prepack', '--silent', '-w', workspace)
  const json = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, '-w', workspace],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [{ filename, files }] = JSON.parse(json) as [Packed]
  return { tarball: join(folder, filename), paths: files.map(({ path }) => path) }
}

/** Entries for style sheets and pictures, which have no types. */
function assetsOf(name: string): string[] {
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> }
  return Object.keys(exports).filter((entry) => /\.(css|svg)$/.test(entry))
}

interface Expected {
  /** The source of its migrations. */
  readonly migrations: string
  readonly files: readonly string[]
}

const MUST_SHIP: Record<string, Expected> = {
  '@latchkey/jwt-middleware': {
    migrations: 'drizzle/app',
    files: ['dist/hono.js', 'dist/express.js', 'assets/fetch.js', 'assets/fetch.d.ts'],
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
    ],
  },
}

/** Throws unless the package has all the files it needs, and none of an older build. */
function checkContents(name: string, paths: readonly string[], { migrations, files }: Expected): void {
  const sources = globSync('**/{*.sql,_journal.json}', { cwd: join(root, migrations) })
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

try {
  const tarballs: Record<string, string> = {}
  for (const [name, expected] of Object.entries(MUST_SHIP)) {
    console.log(`Packing ${name}, and checking what is in it.`)
    const { tarball, paths } = pack(name)
    tarballs[name] = tarball
    checkContents(name, paths, expected)
    run('publint', '--strict', tarball)
    const excluded = assetsOf(name).flatMap((entry) => ['--exclude-entrypoints', entry])
    run('attw', '--profile', 'esm-only', '--quiet', ...excluded, '--', tarball)
  }

  console.log('Installing both in an app elsewhere.')
  const app = join(folder, 'app')
  installApp(app, tarballs)
  for (const readme of ['README.md', 'jwt-middleware/README.md']) {
    console.log(`Running the lines of ${readme} in that app: a stranger must be sent to the login page.`)
    tryReadme(app, join(root, readme))
  }
  console.log('Starting and ending the installed latchkey-auth.')
  await tryService(app)
  console.log('Both packages can be published.')
} finally {
  rmSync(folder, { recursive: true })
}
