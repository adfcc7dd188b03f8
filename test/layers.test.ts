import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  circularImport,
  importsIn,
  type Layers,
  layerOf,
  ownImports,
  packageImports,
  readImports,
  sources,
  stands,
  undeclaredImports,
  upwardImports,
} from './support/imports.ts'

/** Layers of each package: a file may import its own layer and those before it, and never in a circle. */
const LAYERS: Record<string, Layers> = {
  'jwt-middleware/src': [
    [
      'result',
      'errors',
      'exempt',
      'format',
      'innermost-error',
      'connection-failure',
      'limited-log',
      'loggable-host',
      'jwk',
      'claims',
      'contract',
      'cookies',
      'redirect',
      'refusal-note',
      'setting-hints',
      'permissions',
      'origin',
      'problem',
      'request',
      'log',
      'revocation',
      'state',
    ],
    [
      'cache',
      'challenge',
      'clock',
      'counters',
      'deletions',
      'event-stream',
      'feed-source',
      'identification',
      'introspection',
      'jwks',
      'kept-keys',
      'keys',
      'options',
      'refusal-log',
      'renewal',
      'response-head',
      'revocation-list',
      'revocations',
      'signature',
      'users',
      'verify',
    ],
    ['auth'],
    ['hono', 'express', 'stores/*'],
    ['index'],
  ],
  'auth-service/src': [
    [
      'branding',
      'config',
      'languages/*',
      'log',
      'address',
      'decode-text',
      'pseudonyms',
      'request-context',
      'trusted-proxies',
      'random',
      'quoted',
      'sealing',
      'operator-proof',
      'signing',
      'email-address',
      'input',
      'mailed-code',
      'common-passwords',
      'password-policy',
      'password-settings',
      'group-names',
      'app-input',
      'device',
      'links',
      'paging',
      'evenly',
      'fair-queue',
      'field-errors',
      'unusable-password',
      'mail-settings',
      'previous-cookies',
      'database/*',
    ],
    [
      'known-devices',
      'form-answers',
      'limits',
      'users',
      'erasure',
      'superusers',
      'stand-ins',
      'passwords',
      'password-worker',
      'hashers/*',
      'keys',
      'key-ring',
      'key-rotation',
      'key-vault',
      'revocations',
      'mail',
      'mail-encryption',
      'mailbox',
      'smtp',
      'delivery',
      'audit',
      'data-migrations/*',
      'apps',
      'places',
      'sweeping',
    ],
    [
      'tokens',
      'sessions',
      'session-cookies',
      'session-secret',
      'rotation',
      'endings',
      'theft',
      'introspection',
      'one-time-tokens',
      'mails/*',
      'directory',
      'audit-search',
      'figures',
      'administration',
      'deletions',
      'removals',
      'unconfirmed-accounts',
      'takeout',
      'group-room',
      'group-members',
      'invitations',
      'groups',
    ],
    [
      'django/*',
      'accounts',
      'admission',
      'registration',
      'verification',
      'recovery',
      'profile',
      'password-change',
      'new-devices',
      'reauthentication',
      'mail-sign-in',
      'first-proof',
      'service',
    ],
    ['http/*'],
    ['pages/*', 'endpoints/*'],
    ['app', 'internal-app'],
    ['main', 'server', 'cli', 'commands/*', 'drain', 'node-version', 'quick-imports', 'index'],
  ],
}

/** Files that never know a web framework: all but the adapters and what serves pages. */
const FRAMEWORK_FREE = { 'jwt-middleware/src': 2, 'auth-service/src': 3 } as Record<string, number>

/** Which packages of ours each workspace may know. */
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

  it('gives every file a layer, and every layer files', () => {
    expect(files.filter((file) => layerOf(layers, file) === -1)).toEqual([])
    expect(layers.flat().filter((name) => !files.some((file) => stands(name, file)))).toEqual([])
  })

  it('finds the imports of its files', () => {
    expect(files.filter((file) => ownImports(imports, file).length > 0).length).toBeGreaterThan(
      files.length / 2,
    )
  })

  it('imports nothing from above', () => {
    expect(upwardImports(imports, layers)).toEqual([])
  })

  it('imports nothing in a circle', () => {
    expect(circularImport(imports)).toBeNull()
  })

  it('keeps web frameworks out of its domain', () => {
    const offenders = files
      .filter((file) => layerOf(layers, file) <= (FRAMEWORK_FREE[folder] ?? -1))
      .filter((file) => packageImports(imports, file).some((name) => /^(@?hono|express)\b/.test(name)))
    expect(offenders).toEqual([])
  })
})

describe.each(Object.entries(FAMILY))('%s', (workspace, family) => {
  const imports = readImports(join(root, workspace, 'src'))
  const known = family.map((name) => `@latchkey/${name}`)

  it('imports what its package.json declares, and of ours only what stands below it', () => {
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(
      readFileSync(join(root, workspace, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    const declared = Object.keys({ ...dependencies, ...peerDependencies })
    expect(
      declared.filter((name) => name.startsWith('@latchkey/')).filter((name) => !known.includes(name)),
    ).toEqual([])
    expect(undeclaredImports(imports, declared)).toEqual([])
  })

  it('imports no file of another workspace by its path', () => {
    const outside = [...imports.keys()].flatMap((file) =>
      ownImports(imports, file).filter((target) => target.startsWith('..')),
    )
    expect(outside).toEqual([])
  })
})

describe('these checks notice', () => {
  const layers = [['low', 'parts/*'], ['high']]
  const sound = new Map([
    ['high.ts', ['low.ts', 'parts/one.tsx', 'hono']],
    ['low.ts', ['parts/one.tsx']],
    ['parts/one.tsx', ['node:fs']],
  ])

  it('nothing where all is well', () => {
    expect(upwardImports(sound, layers)).toEqual([])
    expect(circularImport(sound)).toBeNull()
    expect(undeclaredImports(sound, ['hono'])).toEqual([])
  })

  it('an import from above', () => {
    const planted = new Map([...sound, ['low.ts', ['high.ts']]])
    expect(upwardImports(planted, layers)).toEqual(['low.ts -> high.ts'])
  })

  it('an import of what is in no layer', () => {
    const planted = new Map([...sound, ['low.ts', ['../../other/src/secret.ts', 'stray.ts']]])
    expect(upwardImports(planted, layers)).toEqual([
      'low.ts -> ../../other/src/secret.ts',
      'low.ts -> stray.ts',
    ])
  })

  it.each([
    ['of two files', [['parts/one.tsx', ['low.ts']]], ['low.ts', 'parts/one.tsx', 'low.ts']],
    [
      'of three',
      [
        ['parts/one.tsx', ['high.ts']],
        ['high.ts', ['low.ts']],
      ],
      ['high.ts', 'low.ts', 'parts/one.tsx', 'high.ts'],
    ],
    ['of a file with itself', [['parts/one.tsx', ['parts/one.tsx']]], ['parts/one.tsx', 'parts/one.tsx']],
  ] as [string, [string, string[]][], string[]][])('a circle %s', (_, planted, circle) => {
    expect(circularImport(new Map([...sound, ...planted]))).toEqual(circle)
  })

  it('a package that was not declared', () => {
    const planted = new Map([...sound, ['low.ts', ['@latchkey/auth-service', 'hono-stranger', 'hono/jsx']]])
    expect(undeclaredImports(planted, ['hono'])).toEqual([
      'low.ts -> @latchkey/auth-service',
      'low.ts -> hono-stranger',
    ])
  })

  it('every way to write an import', () => {
    const text = `import a from 'a'
import type { B } from '../b.ts'
import {
  c,
  type D,
} from "./c.tsx"
import './effect.ts'
export * from '@scope/e/part'
export { f } from './f.ts'
const later = () => import('./g.ts')
const text = "nothing from './here.ts'"`
    expect(importsIn('pages/page.tsx', text).sort()).toEqual(
      ['a', 'b.ts', 'pages/c.tsx', 'pages/effect.ts', '@scope/e/part', 'pages/f.ts', 'pages/g.ts'].sort(),
    )
  })
})

it('no app can mint a token: nothing in jwt-middleware signs', () => {
  for (const file of sources(join(root, 'jwt-middleware/src'))) {
    const text = readFileSync(join(root, 'jwt-middleware/src', file), 'utf8')
    expect(text, file).not.toMatch(/\b(SignJWT|CompactSign|createSign|createHmac|subtle\.sign)\b|\bsign\(/)
  }
})
