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
  /** Paths of those that were only tried for their names, and that none of the others imports. */
  readonly guessed: ReadonlySet<string>
  /** Why some could not be read. */
  readonly problems: readonly string[]
}

/** Reads the entry files, or the given one, and everything that they import, nearest first. */
export function readSources(manifest: Manifest, folder: string, given?: string): Result<Sources, string> {
  if (given !== undefined && !isFile(resolve(folder, given))) return failure(`There is no file ${given}.`)
  const { named, usual } =
    given === undefined ? entriesOf(manifest, folder) : { named: [resolve(folder, given)], usual: [] }
  const queue = [...named, ...usual]
  const guessed = new Set(usual.filter((path) => !named.includes(path)))
  const files: SourceFile[] = []
  const problems: string[] = []
  const seen = new Set<string>()
  for (let path = queue.shift(); path !== undefined && seen.size < MANY; path = queue.shift()) {
    if (seen.has(path)) continue
    seen.add(path)
    const file = parseSource(path, readFileSync(path, 'utf8'))
    if (!file.ok) {
      problems.push(file.reason.replace(path, relative(folder, path)))
      continue
    }
    files.push(file.value)
    for (const imported of importedModules(file.value).flatMap((name) => resolveImport(path, name) ?? [])) {
      queue.push(imported)
      guessed.delete(imported)
    }
  }
  return success({ files, guessed, problems })
}

/** The command that installs packages, by the lock file in this folder or above. */
export function installCommand(
  { packageManager = '' }: Manifest,
  folder: string,
  packages: readonly string[],
): string {
  const named = packageManager.split('@')[0] ?? ''
  const manager = named in VERBS ? named : managerByLock(resolve(folder))
  return `${manager} ${VERBS[manager]} ${packages.join(' ')}`
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
