import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

// Packs both packages as npm would publish them, and has publint and arethetypeswrong look at the result.
const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'latchkey-packages-'))

/** What a reader of `npm pack --json` needs to know. */
interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

function pack(workspace: string): Packed {
  const json = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, '-w', workspace],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  return (JSON.parse(json) as [Packed])[0]
}

/** Entries that are style sheets and pictures, which have no types to check. */
function assetsOf(name: string): string[] {
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> }
  return Object.keys(exports).filter((entry) => /\.(css|svg)$/.test(entry))
}

const MUST_SHIP: Record<string, RegExp[]> = {
  '@latchkey/jwt-middleware': [
    /^dist\/hono\.js$/,
    /^drizzle\/sqlite\/.*\.sql$/,
    /^drizzle\/postgres\/.*\.sql$/,
  ],
  '@latchkey/auth-service': [/^dist\/main\.js$/, /^drizzle\/sqlite\/.*\.sql$/, /^assets\/.*\.css$/],
}

try {
  for (const [name, wanted] of Object.entries(MUST_SHIP)) {
    const { filename, files } = pack(name)
    for (const pattern of wanted) {
      if (!files.some(({ path }) => pattern.test(path))) throw new Error(`${name} does not ship ${pattern}`)
    }
    const tarball = join(folder, filename)
    execFileSync('publint', ['--strict', tarball], { cwd: root, stdio: 'inherit' })
    const excluded = assetsOf(name).flatMap((entry) => ['--exclude-entrypoints', entry])
    execFileSync('attw', ['--profile', 'esm-only', '--quiet', ...excluded, '--', tarball], {
      cwd: root,
      stdio: 'inherit',
    })
  }
} finally {
  rmSync(folder, { recursive: true })
}
