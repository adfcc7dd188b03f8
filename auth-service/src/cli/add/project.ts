import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { importedModules, parseSource, type SourceFile } from './syntax.ts'

/** The parts of package.json that are needed. */
export interface Manifest {
  readonly main?: string
  readonly type?: string
  readonly packageManager?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Reads package.json in this folder. */
export function readManifest(folder: string): Result<Manifest, string> {
  const path = join(folder, 'package.json')
  if (!existsSync(path)) {
    return failure(
      `There is no package.json in ${resolve(folder)}. Run this command in the folder of your app.`,
    )
  }
  try {
    return success(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    return failure(`package.json can't be read: ${(error as Error).message}`)
  }
}

export const hasPackage = ({ dependencies, devDependencies }: Manifest, name: string): boolean =>
  name in { ...dependencies, ...devDependencies }

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']
const USUAL = ['src/index', 'src/main', 'src/server', 'src/app', 'index', 'main', 'server', 'app']
/** At most this many files are read. */
const MANY = 200

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** Files that may start the app: those in scripts, `main`, and those with usual names. */
function entriesOf({ scripts = {}, main }: Manifest, folder: string): { named: string[]; usual: string[] } {
  const inScripts = ['dev', 'start', 'serve'].flatMap((name) => scripts[name]?.split(/\s+/) ?? [])
  const filesOf = (names: readonly string[]) =>
    [...new Set(names)]
      .filter((name) => EXTENSIONS.includes(extname(name)) && !/^(\.\/)?(dist|build|out)\//.test(name))
      .map((name) => resolve(folder, name))
      .filter(isFile)
  return {
    named: filesOf([...inScripts, ...(main ? [main] : [])]),
    usual: filesOf(USUAL.flatMap((name) => EXTENSIONS.map((extension) => name + extension))),
  }
}

/** The file that a relative import leads to; `null` for a package, and for what does not exist. */
export function resolveImport(from: string, specifier: string): string | null {
  if (!/^\.\.?(\/|$)/.test(specifier)) return null
  const target = resolve(dirname(from), specifier)
  const bare = target.replace(/\.[cm]?jsx?$/, '')
  const names = [
    target,
    ...EXTENSIONS.flatMap((end) => [bare + end, target + end, join(target, `index${end}`)]),
  ]
  return names.find((name) => EXTENSIONS.includes(extname(name)) && isFile(name)) ?? null
}

/** The files of an app, from its entry to what that imports. */
export interface Sources {
  readonly files: readonly SourceFile[]
  /** Paths of the given file, or of those in scripts and `main`; without them, files are only tried for their names. */
  readonly named: readonly string[]
  /** Why some could not be read. */
  readonly problems: readonly string[]
}

/** Paths of the files that these import, and of these themselves. */
export function reachedFrom(paths: readonly string[], files: readonly SourceFile[]): ReadonlySet<string> {
  const reached = new Set(paths)
  for (const path of reached) {
    const file = files.find((one) => one.path === path)
    for (const name of file ? importedModules(file) : []) {
      const imported = resolveImport(path, name)
      if (imported !== null) reached.add(imported)
    }
  }
  return reached
}

/**
 * Reads the entry files, or the given one, and everything that they import, nearest first. Files with usual names come
 * after all that the others import: they may be left over.
 */
export function readSources(manifest: Manifest, folder: string, given?: string): Result<Sources, string> {
  if (given !== undefined && !isFile(resolve(folder, given))) return failure(`There is no file ${given}.`)
  const { named, usual } =
    given === undefined ? entriesOf(manifest, folder) : { named: [resolve(folder, given)], usual: [] }
  const files: SourceFile[] = []
  const problems: string[] = []
  const seen = new Set<string>()
  for (const queue of [[...named], [...usual]]) {
    for (let path = queue.shift(); path !== undefined && seen.size < MANY; path = queue.shift()) {
      if (seen.has(path)) continue
      seen.add(path)
      const file = parseSource(path, readFileSync(path, 'utf8'))
      if (!file.ok) {
        problems.push(file.reason.replace(path, relative(folder, path)))
        continue
      }
      files.push(file.value)
      queue.push(...importedModules(file.value).flatMap((name) => resolveImport(file.value.path, name) ?? []))
    }
  }
  return success({ files, named, problems })
}

/** The command that installs packages, by the lock file in this folder or above. */
export function installCommand(
  { packageManager = '' }: Manifest,
  folder: string,
  packages: readonly string[],
): string {
  const manager = managerOf(packageManager, folder)
  return `${manager} ${VERBS[manager]} ${packages.join(' ')}`
}

/** The command that runs a script of package.json. */
export const runScript = ({ packageManager = '' }: Manifest, folder: string, name: string): string =>
  `${managerOf(packageManager, folder)} ${name === 'start' ? '' : 'run '}${name}`

function managerOf(packageManager: string, folder: string): string {
  const named = packageManager.split('@')[0] ?? ''
  return named in VERBS ? named : managerByLock(resolve(folder))
}

const VERBS: Readonly<Record<string, string>> = { npm: 'install', pnpm: 'add', yarn: 'add', bun: 'add' }

const LOCKS: readonly (readonly [file: string, manager: string])[] = [
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
]

function managerByLock(folder: string): string {
  const found = LOCKS.find(([file]) => existsSync(join(folder, file)))
  if (found) return found[1]
  const above = dirname(folder)
  return above === folder ? 'npm' : managerByLock(above)
}

/** How a file is called in messages. */
export const nameOf = (path: string, folder: string): string => relative(folder, path) || basename(path)
