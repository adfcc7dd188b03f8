import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** What an app on a worker may add to itself for its users, in bytes, minified and gzipped. */
const LIMIT = 20_480
/** The same with the code for API tokens and permissions. */
const WITH_ALL = 26_000

const CONDITIONS = {
  workerd: ['workerd', 'worker', 'browser'],
  edge: ['edge-light'],
  bun: ['bun', 'node'],
  deno: ['deno', 'node'],
  others: [],
}

async function bundle(code: string, runtime: keyof typeof CONDITIONS) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: resolve(import.meta.dirname, '..'), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: CONDITIONS[runtime],
    external: ['node:*'],
    legalComments: 'none',
    metafile: true,
    write: false,
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  return { size: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length, imports }
}

const APP = `
import { createAuth } from '@latchkey/jwt-middleware'
const auth = createAuth()
export default { fetch: async (request) => (await auth.authenticate(request)).response }`

const APP_WITH_ALL = `
import { apiTokens, createAuth, definePermissions } from '@latchkey/jwt-middleware'
const auth = createAuth({ apiTokens, permissions: definePermissions({ 'cards.read': ['team'] }) })
export default { fetch: async (request) => (await auth.authenticate(request)).response }`

const APP_ON_ANOTHER_DOMAIN = `
import { apiTokens, createAuth } from '@latchkey/jwt-middleware'
import { oidc } from '@latchkey/jwt-middleware/oidc'
const auth = createAuth({ apiTokens, oidc: oidc() })
export default { fetch: async (request) => (await auth.authenticate(request)).response }`

/** Also what such an app does not use, since servers load it as well. */
const ALL = "export * from '@latchkey/jwt-middleware'"

describe('An app that imports createAuth() from the root', () => {
  it(`is at most ${LIMIT} bytes for workerd, minified and gzipped`, async () => {
    const { size } = await bundle(APP, 'workerd')
    expect(size).toBeGreaterThan(10_000)
    expect(size).toBeLessThanOrEqual(LIMIT)
  })

  it('is larger with API tokens and permissions, which it can leave out', async () => {
    const { size } = await bundle(APP_WITH_ALL, 'workerd')
    expect(size).toBeGreaterThan(LIMIT)
    expect(size).toBeLessThanOrEqual(WITH_ALL)
  })

  it.each(Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[])(
    'imports none of Node’s modules on %s',
    async (runtime) => {
      for (const code of [APP, APP_WITH_ALL, APP_ON_ANOTHER_DOMAIN, ALL])
        expect((await bundle(code, runtime)).imports).toEqual([])
    },
  )
})
