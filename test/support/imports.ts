import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** The imports of each file in a folder: own files by path, packages by name. */
export type Imports = ReadonlyMap<string, readonly string[]>

/** Names, lowest layer first; one that ends with `/*` stands for a folder. */
export type Layers = readonly (readonly string[])[]

/** The TypeScript files in a folder, by path. */
export const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .sort()

export const readImports = (folder: string): Imports =>
  new Map(sources(folder).map((file) => [file, importsIn(file, readFileSync(join(folder, file), 'utf8'))]))

const FORMS = [
  /(?:^|\n)(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]/g,
  /(?:^|\n)import\s+['"]([^'"]+)['"]/g,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
]

/** A part with a file for each of two kinds of runtime, as `imports` of a package.json has it: `#node-or-web/log`. */
const VARIANTS = /^#(\w+)-or-(\w+)\/(.+)$/

function targetsOf(file: string, name: string): string[] {
  const [, one, other, part] = VARIANTS.exec(name) ?? []
  if (part !== undefined) return [`${part}-${one}.ts`, `${part}-${other}.ts`]
  return [name.startsWith('.') ? posix.join(posix.dirname(file), name) : name]
}

/** The imports in a file's text, including types. */
export function importsIn(file: string, text: string): string[] {
  const names = FORMS.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] as string))
  return names.flatMap((name) => targetsOf(file, name))
}

/** Own files have an extension; imported packages have none. */
const isOwn = (name: string) => name.startsWith('../') || /\.tsx?$/.test(name)

export const ownImports = (imports: Imports, file: string): string[] =>
  (imports.get(file) ?? []).filter(isOwn)

export const packageImports = (imports: Imports, file: string): string[] =>
  (imports.get(file) ?? []).filter((name) => !isOwn(name))

/** The number of a file's layer, from 0; -1 if it has none. */
export const layerOf = (layers: Layers, file: string): number =>
  layers.findIndex((names) => names.some((name) => stands(name, file)))

/** Whether a name in a layer includes this file. */
export const stands = (name: string, file: string): boolean =>
  name.endsWith('/*') ? file.startsWith(name.slice(0, -1)) : name === file.replace(/\.tsx?$/, '')

/** Imports from a higher layer, or from outside all layers. */
export function upwardImports(imports: Imports, layers: Layers): string[] {
  const isUpward = (file: string, target: string) =>
    layerOf(layers, target) === -1 || layerOf(layers, target) > layerOf(layers, file)
  return [...imports.keys()].flatMap((file) =>
    ownImports(imports, file)
      .filter((target) => isUpward(file, target))
      .map((target) => `${file} -> ${target}`),
  )
}

/** The first import cycle, from a file back to itself; `null` if there is none. */
export function circularImport(imports: Imports): string[] | null {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return null
    for (const next of ownImports(imports, file)) {
      const found = visit(next, [...path, file])
      if (found) return found
    }
    done.add(file)
    return null
  }
  for (const file of imports.keys()) {
    const found = visit(file, [])
    if (found) return found
  }
  return null
}

/** Imports of a package that is not in the list and not built into Node. */
export const undeclaredImports = (imports: Imports, allowed: readonly string[]): string[] =>
  [...imports.keys()].flatMap((file) =>
    packageImports(imports, file)
      .filter((name) => !name.startsWith('node:'))
      .filter((name) => !allowed.some((one) => name === one || name.startsWith(`${one}/`)))
      .map((name) => `${file} -> ${name}`),
  )
