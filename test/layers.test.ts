import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  circularImport,
  type Layers,
  layerOf,
  ownImports,
  packageImports,
  readImports,
  sources,
  undeclaredImports,
  upwardImports,
} from './support/imports.ts'

/**
 * The folders and top-level files of each package, lowest first: a file imports from its own layer and those before it.
 */
const LAYERS: Record<string, Layers> = {
  'auth-service/src': [
    ['platform/*'],
    ['events/*'],
    ['users/*', 'apps/*'],
    ['tokens/*'],
    ['accounts/*'],
    ['service'],
    ['web/*', 'cli/*'],
    ['main', 'cli', 'index'],
  ],
  'jwt-middleware/src': [
    ['contract/*'],
    ['users/*'],
    ['http/*', 'feed/*', 'verify/*', 'stores/*'],
    ['contract'],
    ['session/*'],
    ['options'],
    ['auth'],
    ['hono', 'express'],
    ['index'],
  ],
}

/** The last layer of each package without a web framework. */
const FRAMEWORK_FREE: Record<string, number> = { 'auth-service/src': 5, 'jwt-middleware/src': 6 }

/** The workspaces that each workspace may import. */
const FAMILY: Record<string, readonly string[]> = {
  'jwt-middleware': [],
  'auth-service': ['jwt-middleware'],
  'examples/house-style': ['jwt-middleware', 'auth-service'],
  'examples/notes': ['jwt-middleware', 'house-style'],
  'examples/team-board': ['jwt-middleware', 'house-style'],
  'examples/demo': ['auth-service', 'notes', 'team-board'],
}

const root = resolve(import.meta.dirname, '..')

describe.each(Object.entries(LAYERS))('%s', (folder, layers) => {
  const imports = readImports(join(root, folder))
  const files = [...imports.keys()]

  it('has a layer for every file', () => {
    expect(files.length).toBeGreaterThan(40)
    expect(files.filter((file) => layerOf(layers, file) === -1)).toEqual([])
  })

  it('imports nothing from a higher layer', () => {
    expect(files.filter((file) => ownImports(imports, file).length > 0).length).toBeGreaterThan(
      files.length / 2,
    )
    expect(upwardImports(imports, layers)).toEqual([])
  })

  it('has no import cycle', () => {
    expect(circularImport(imports)).toBeNull()
  })

  it('has no two files of one name', () => {
    const names = files.map((file) => basename(file).replace(/\.tsx?$/, ''))
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('imports no web framework below the web layer', () => {
    const offenders = files
      .filter((file) => layerOf(layers, file) <= (FRAMEWORK_FREE[folder] ?? -1))
      .filter((file) => packageImports(imports, file).some((name) => /^(@?hono|express)\b/.test(name)))
    expect(offenders).toEqual([])
  })
})

describe.each(Object.entries(FAMILY))('%s', (workspace, family) => {
  it('imports only packages that its package.json declares', () => {
    const imports = readImports(join(root, workspace, 'src'))
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(
      readFileSync(join(root, workspace, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    const declared = Object.keys({ ...dependencies, ...peerDependencies })
    const ours = declared.filter((name) => name.startsWith('@latchkey/'))
    expect(family.map((name) => `@latchkey/${name}`)).toEqual(expect.arrayContaining(ours))
    expect(undeclaredImports(imports, declared)).toEqual([])
    expect(
      [...imports.keys()].flatMap((file) => ownImports(imports, file).filter((to) => to.startsWith('..'))),
    ).toEqual([])
  })
})

it('jwt-middleware contains no signing code: no app can issue a token', () => {
  for (const file of sources(join(root, 'jwt-middleware/src'))) {
    const text = readFileSync(join(root, 'jwt-middleware/src', file), 'utf8')
    expect(text, file).not.toMatch(/\b(SignJWT|CompactSign|createSign|createHmac|subtle\.sign)\b|\bsign\(/)
  }
})

describe('The checks notice', () => {
  const layers: Layers = [['low', 'parts/*'], ['high']]

  it('an import from a higher layer', () => {
    expect(upwardImports(new Map([['low.ts', ['high.ts']]]), layers)).toEqual(['low.ts -> high.ts'])
  })

  it('an import cycle', () => {
    const cycle = new Map([
      ['low.ts', ['parts/one.tsx']],
      ['parts/one.tsx', ['low.ts']],
    ])
    expect(circularImport(cycle)).toEqual(['low.ts', 'parts/one.tsx', 'low.ts'])
  })

  it('an undeclared package', () => {
    expect(
      undeclaredImports(new Map([['low.ts', ['hono-stranger', 'hono/jsx', 'node:fs']]]), ['hono']),
    ).toEqual(['low.ts -> hono-stranger'])
  })
})
