import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** What each file of a folder imports: its own files by their path in that folder, packages by name. */
export type Imports = ReadonlyMap<string, readonly string[]>

/** Names, lowest layer first; one that ends with `/*` stands for a folder. */
export type Layers = readonly (readonly string[])[]

/** The TypeScript files in a folder, by their path in it. */
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

/** What a file with this text imports, types included. */
export function importsIn(file: string, text: string): string[] {
  const names = FORMS.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] as string))
  return names.map((name) => (name.startsWith('.') ? posix.join(posix.dirname(file), name) : name))
}

/** Own files end with their extension; so does no package that we import. */
const isOwn = (name: string) => name.startsWith('../') || /\.tsx?$/.test(name)

export const ownImports = (imports: Imports, file: string): string[] =>
  (imports.get(file) ?? []).filter(isOwn)

export const packageImports = (imports: Imports, file: string): string[] =>
  (imports.get(file) ?? []).filter((name) => !isOwn(name))

/** The number of a file's layer, from 0; -1 where it has none. */
export const layerOf = (layers: Layers, file: string): number =>
  layers.findIndex((names) => names.some((name) => stands(name, file)))

/** Whether a name in a layer stands for this file. */
export const stands = (name: string, file: string): boolean =>
  name.endsWith('/*') ? file.startsWith(name.slice(0, -1)) : name === file.replace(/\.tsx?$/, '')

/** Imports of a higher layer, or of what is in no layer, e.g. another folder's file. */
export function upwardImports(imports: Imports, layers: Layers): string[] {
  const isUpward = (file: string, target: string) =>
    layerOf(layers, target) === -1 || layerOf(layers, target) > layerOf(layers, file)
  return [...imports.keys()].flatMap((file) =>
    ownImports(imports, file)
      .filter((target) => isUpward(file, target))
      .map((target) => `${file} -> ${target}`),
  )
}

/** The first circle of imports, from a file back to itself; `null` where there is none. */
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

/** Imports of a package that is not one of these, nor a part of one, nor built into Node. */
export const undeclaredImports = (imports: Imports, allowed: readonly string[]): string[] =>
  [...imports.keys()].flatMap((file) =>
    packageImports(imports, file)
      .filter((name) => !name.startsWith('node:'))
      .filter((name) => !allowed.some((one) => name === one || name.startsWith(`${one}/`)))
      .map((name) => `${file} -> ${name}`),
  )
