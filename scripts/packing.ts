import { execFileSync } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** What is published, by name, with its folder. Each needs the ones before it. */
export const PACKAGES = {
  '@latchkey/jwt-middleware': 'jwt-middleware',
  '@latchkey/auth-service': 'auth-service',
  latchkey: 'latchkey',
} as const

export type PackageName = keyof typeof PACKAGES

/** One tarball, as npm would publish it. */
export interface Packed {
  readonly tarball: string
  /** The paths in it, relative to the package's folder. */
  readonly paths: readonly string[]
}

/** The fields of `npm pack --json` that are needed. */
interface PackAnswer {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Compiles what the packages ship. */
export function buildPackages(): void {
  const script = join(root, 'scripts/build.ts')
  execFileSync(process.execPath, [script, 'jwt-middleware', 'auth-service'], { cwd: root, stdio: 'inherit' })
}

/**
 * Writes the repository's address into the manifests of all packages: for the provenance, npm compares it with where a
 * release was built.
 */
export function nameRepository(url: string): void {
  for (const directory of Object.values(PACKAGES)) {
    const file = join(root, directory, 'package.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    writeJson(file, { ...manifest, repository: { type: 'git', url: `git+${url}.git`, directory } })
  }
}

/** Packs one built package into the folder. The same sources, Node and npm give the same bytes. */
export function pack(name: PackageName, folder: string): Packed {
  mkdirSync(folder, { recursive: true })
  // npm ships the rights of the files, which depend on the umask of the checkout.
  const home = join(root, PACKAGES[name])
  for (const path of globSync('**', { cwd: home, exclude: ['node_modules'] })) {
    const file = join(home, path)
    const stats = statSync(file)
    if (stats.isFile()) chmodSync(file, stats.mode & 0o100 ? 0o755 : 0o644)
  }
  const { filename, files } = npmPack(name, '--pack-destination', folder)
  return { tarball: join(folder, filename), paths: files.map(({ path }) => path) }
}

/** Packs all built packages into the folder; returns their tarballs. */
export const packAll = (folder: string): Record<PackageName, string> =>
  Object.fromEntries(
    (Object.keys(PACKAGES) as PackageName[]).map((name) => [name, pack(name, folder).tarball]),
  ) as Record<PackageName, string>

/** The command that installs these tarballs: without the others, npm would look for them in the registry. */
export const installLine = (tarballs: readonly string[]): string =>
  `npm install ${tarballs.map((path) => (/[^\w@%+=:,./\\-]/.test(path) ? `"${path}"` : path)).join(' ')}`

/** What to type elsewhere, by where that is. */
export function installLines(tarballs: Readonly<Record<PackageName, string>>) {
  const install = (...names: PackageName[]) => installLine(names.map((name) => tarballs[name]))
  return {
    app: install('@latchkey/jwt-middleware', '@latchkey/auth-service', 'latchkey'),
    middleware: install('@latchkey/jwt-middleware'),
    service: install('@latchkey/jwt-middleware', '@latchkey/auth-service'),
  }
}

function npmPack(name: PackageName, ...options: string[]): PackAnswer {
  const json = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '-w', PACKAGES[name], ...options], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })
  const [answer] = JSON.parse(json) as [PackAnswer]
  return answer
}

interface Lock {
  readonly lockfileVersion: number
  readonly packages: Record<string, { readonly version: string; readonly link?: boolean }>
}

/** The version of a package in this repository's lock file. */
export const lockedVersion = (name: string): string | undefined =>
  readLock().packages[`node_modules/${name}`]?.version

/** Writes a manifest outside this repository, and a lock file with the versions of this repository's. */
export function writeLockedManifest(
  folder: string,
  manifest: { readonly dependencies: Readonly<Record<string, string | undefined>> } & Record<string, unknown>,
): void {
  const { lockfileVersion, packages } = readLock()
  // Without this repository's own workspaces, which are links.
  const locked = Object.entries(packages).filter(
    ([path, { link }]) => path.startsWith('node_modules/') && link !== true,
  )
  writeJson(join(folder, 'package.json'), manifest)
  writeJson(join(folder, 'package-lock.json'), {
    lockfileVersion,
    packages: { '': manifest, ...Object.fromEntries(locked) },
  })
}

const readLock = (): Lock => JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))

const writeJson = (file: string, value: unknown): void =>
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
