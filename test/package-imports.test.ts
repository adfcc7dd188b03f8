import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownImports, packageImports, readImports, sources, undeclaredImports } from './support/imports.ts'

/** The workspaces that each workspace may import. */
const FAMILY: Record<string, readonly string[]> = {
  'jwt-middleware': [],
  'auth-service': ['jwt-middleware'],
  'examples/house-style': ['jwt-middleware', 'auth-service'],
  'examples/notes': ['jwt-middleware', 'house-style'],
  'examples/team-board': ['jwt-middleware', 'house-style'],
  'examples/guest-book': ['jwt-middleware', 'house-style'],
  'examples/supplier': ['jwt-middleware', 'house-style'],
  'examples/frameworks': ['jwt-middleware'],
  'examples/demo': [
    'jwt-middleware',
    'auth-service',
    'notes',
    'team-board',
    'guest-book',
    'supplier',
    'frameworks',
  ],
}

/** What is shipped inside the bundled command line alone, and installed by no one. */
const BUNDLED = ['@babel/parser', '@babel/types', 'diff', 'magic-string']

/** What knows no web framework, in each package. */
const FRAMEWORK_FREE: Record<string, RegExp> = {
  'auth-service/src': /^(platform|events|users|apps|tokens|accounts|oidc|saml)\//,
  'jwt-middleware/src': /^(?!hono|express|index)/,
}

const root = resolve(import.meta.dirname, '..')

describe.each(Object.entries(FAMILY))('%s', (workspace, family) => {
  it('imports only packages that its package.json declares', () => {
    const imports = readImports(join(root, workspace, 'src'))
    const manifest = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'))
    const {
      dependencies = {},
      peerDependencies = {},
      devDependencies = {},
    } = manifest as Record<string, Record<string, string>>
    const bundled = Object.keys(devDependencies).filter((name) => BUNDLED.includes(name))
    const declared = [...Object.keys({ ...dependencies, ...peerDependencies }), ...bundled]
    const ours = declared.filter((name) => name.startsWith('@latchkey/'))
    expect(family.map((name) => `@latchkey/${name}`)).toEqual(expect.arrayContaining(ours))
    expect(undeclaredImports(imports, declared)).toEqual([])
    expect(
      [...imports.keys()].flatMap((file) => ownImports(imports, file).filter((to) => to.startsWith('..'))),
    ).toEqual([])
  })
})

it('jwt-middleware contains no signing code outside testing: no app can issue a token', () => {
  const files = sources(join(root, 'jwt-middleware/src')).filter((file) => !file.startsWith('testing/'))
  expect(files.length).toBeGreaterThan(40)
  for (const file of files) {
    const text = readFileSync(join(root, 'jwt-middleware/src', file), 'utf8')
    expect(text, file).not.toMatch(/\b(SignJWT|CompactSign|createSign|createHmac|subtle\.sign)\b|\bsign\(/)
  }
})

it.each(Object.entries(FRAMEWORK_FREE))('%s imports no web framework below the web layer', (folder, free) => {
  const imports = readImports(join(root, folder))
  const files = [...imports.keys()].filter((file) => free.test(file))
  expect(files.length).toBeGreaterThan(20)
  const imported = files.flatMap((file) => packageImports(imports, file).map((name) => `${file} -> ${name}`))
  expect(imported.filter((line) => /-> (@?hono|express)\b/.test(line))).toEqual([])
})

it('only the command line uses what is bundled into it', () => {
  const imports = readImports(join(root, 'auth-service/src'))
  const users = [...imports.keys()].filter((file) =>
    packageImports(imports, file).some((name) =>
      BUNDLED.some((one) => name === one || name.startsWith(`${one}/`)),
    ),
  )
  expect(users.length).toBeGreaterThan(0)
  expect(users.filter((file) => !file.startsWith('cli/add/'))).toEqual([])
})

it('notices an undeclared package', () => {
  const imports = new Map([['low.ts', ['hono-stranger', 'hono/jsx', 'node:fs']]])
  expect(undeclaredImports(imports, ['hono'])).toEqual(['low.ts -> hono-stranger'])
})
