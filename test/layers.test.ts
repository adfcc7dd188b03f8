import { basename, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  circularImport,
  type Layers,
  layerOf,
  ownImports,
  readImports,
  sources,
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
    ['accounts/*', 'oidc/*', 'saml/*'],
    ['service'],
    ['web/*', 'cli/*'],
    ['main', 'cli', 'index'],
  ],
  'jwt-middleware/src': [
    ['contract/*'],
    ['users/*'],
    ['http/*', 'feed/*', 'verify/*', 'stores/*'],
    ['portable-contract', 'contract'],
    ['session/*'],
    ['api-tokens/*', 'oidc/*'],
    ['options'],
    ['auth-core'],
    ['auth'],
    ['adapters/*'],
    ['hono', 'express', 'fastify', 'koa', 'next', 'node', 'web', 'oidc', 'request-auth'],
    ['index'],
    ['testing/*'],
    ['testing'],
  ],
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
})

it('no two files of the packages have one name, except those that apps import by it', () => {
  const all = Object.keys(LAYERS).flatMap((folder) => sources(join(root, folder)))
  const names = all.map((file) => basename(file).replace(/\.tsx?$/, ''))
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  expect(twice.sort()).toEqual(['index', 'web'])
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
})
