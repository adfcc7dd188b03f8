import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Layers of each package: a file may import its own layer and those before it, and never in a circle. */
const LAYERS: Record<string, readonly (readonly string[])[]> = {
  'jwt-middleware/src': [
    [
      'result',
      'errors',
      'exempt',
      'format',
      'claims',
      'cookies',
      'redirect',
      'permissions',
      'origin',
      'problem',
      'request',
      'log',
    ],
    ['cache', 'challenge', 'keys', 'options', 'response-head', 'renewal', 'users', 'verify'],
    ['auth'],
    ['hono', 'express', 'stores/*'],
    ['index'],
  ],
  'auth-service/src': [
    ['config', 'log', 'random', 'sealing', 'signing', 'input', 'database/*'],
    ['users', 'passwords', 'password-worker', 'keys'],
    ['tokens', 'sessions', 'session-cookies'],
    ['accounts', 'service'],
    ['http/*', 'pages/*', 'endpoints/*'],
    ['app'],
    ['main', 'server', 'node-version', 'index'],
  ],
}

/** Files that never know a web framework: all but the adapters and what serves pages. */
const FRAMEWORK_FREE = { 'jwt-middleware/src': 2, 'auth-service/src': 3 } as Record<string, number>

const root = resolve(import.meta.dirname, '..')

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .sort()
}

function importsOf(folder: string, file: string): { own: string[]; packages: string[] } {
  const text = readFileSync(join(root, folder, file), 'utf8')
  const found = [...text.matchAll(/(?:^|\n)(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]/g)]
    .concat(
      [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)],
      [...text.matchAll(/(?:^|\n)import\s+['"]([^'"]+)['"]/g)],
    )
    .map((match) => match[1] as string)
  return {
    own: found
      .filter((name) => name.startsWith('.'))
      .map((name) => relative(join(root, folder), resolve(root, folder, dirname(file), name))),
    packages: found.filter((name) => !name.startsWith('.')),
  }
}

const stem = (file: string) => file.replace(/\.tsx?$/, '')

function layerOf(folder: string, file: string): number {
  return (LAYERS[folder] ?? []).findIndex((names) =>
    names.some((name) => (name.endsWith('/*') ? file.startsWith(name.slice(0, -1)) : name === stem(file))),
  )
}

function circle(folder: string, files: readonly string[]): string[] | null {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return null
    for (const next of importsOf(folder, file).own) {
      const found = visit(next, [...path, file])
      if (found) return found
    }
    done.add(file)
    return null
  }
  for (const file of files) {
    const found = visit(file, [])
    if (found) return found
  }
  return null
}

describe.each(Object.keys(LAYERS))('%s', (folder) => {
  const files = sources(folder)

  it('gives every file a layer, and every layer files', () => {
    expect(files.filter((file) => layerOf(folder, file) === -1)).toEqual([])
    const unused = (LAYERS[folder] ?? []).flat().filter((name) => {
      return !files.some((file) =>
        name.endsWith('/*') ? file.startsWith(name.slice(0, -1)) : name === stem(file),
      )
    })
    expect(unused).toEqual([])
  })

  it('finds the imports of its files', () => {
    expect(files.filter((file) => importsOf(folder, file).own.length > 0).length).toBeGreaterThan(
      files.length / 2,
    )
  })

  it('imports nothing from above', () => {
    const upward = files.flatMap((file) =>
      importsOf(folder, file)
        .own.filter((target) => layerOf(folder, target) > layerOf(folder, file))
        .map((target) => `${file} -> ${target}`),
    )
    expect(upward).toEqual([])
  })

  it('imports nothing in a circle', () => {
    expect(circle(folder, files)).toBeNull()
  })

  it('keeps web frameworks out of its domain', () => {
    const offenders = files
      .filter((file) => layerOf(folder, file) <= (FRAMEWORK_FREE[folder] ?? -1))
      .filter((file) => importsOf(folder, file).packages.some((name) => /^(@?hono|express)\b/.test(name)))
    expect(offenders).toEqual([])
  })
})

it('no app can mint a token: nothing in jwt-middleware signs', () => {
  for (const file of sources('jwt-middleware/src')) {
    const text = readFileSync(join(root, 'jwt-middleware/src', file), 'utf8')
    expect(text, file).not.toMatch(/\b(SignJWT|CompactSign|createSign|createHmac|subtle\.sign)\b|\bsign\(/)
  }
})
