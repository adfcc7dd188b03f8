import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin, stop } from 'esbuild'
import { inject } from 'vitest'
import { BUNDLE, externalOf } from '../../scripts/bundle.ts'

const root = resolve(import.meta.dirname, '../..')

/** Sources find their assets, migrations and workers by their own address. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\/(auth-service|jwt-middleware)\/src\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', () =>
        JSON.stringify(pathToFileURL(path)),
      ),
      loader: 'ts',
    }))
  },
}

const builds = new Map<string, Promise<string>>()
let last: Promise<unknown> = Promise.resolve()

/**
 * Bundles a script with all sources that it imports, as the programs of the auth service are, once per test run: such a
 * process starts in less than half of the time.
 * @returns the bundle's file
 */
export function bundled(script: string): Promise<string> {
  const known = builds.get(script)
  if (known) return known
  // One after another: the bundler stops for all.
  const ready = last.then(() => bundle(script))
  last = ready.catch(() => {})
  builds.set(script, ready)
  return ready
}

async function bundle(script: string): Promise<string> {
  const name = basename(script, '.ts')
  // Always the same, so that Node's compile cache knows it in the next run, too.
  const folder = join(root, 'artefacts/processes', name)
  const file = join(folder, `${name}.js`)
  const fresh = join(inject('folder'), `${name}.bundled`)
  if (existsSync(fresh)) return file
  const { outputFiles } = await build({
    ...BUNDLE,
    entryPoints: [script],
    outdir: folder,
    plugins: [...BUNDLE.plugins, ownAddresses],
    external: ['auth-service', 'jwt-middleware'].flatMap((name) => externalOf(join(root, name))),
    write: false,
  })
  await stop()
  await mkdir(folder, { recursive: true })
  for (const { path, contents } of outputFiles) await replace(path, contents)
  await writeFile(fresh, '')
  return file
}

/** Several workers may write the same file at once, while a process starts from it. */
async function replace(path: string, contents: Uint8Array): Promise<void> {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, contents)
  await rename(draft, path)
}
