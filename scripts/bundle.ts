import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const service = join(root, 'auth-service')
const chunks = join(service, 'dist/bundle/chunks')

/** The dependencies that are bundled: those with many modules. Node takes longer to find modules than to run them. */
const BUNDLED = [
  '@latchkey/jwt-middleware',
  'drizzle-orm',
  'hono',
  '@hono/node-server',
  'rate-limiter-flexible',
]

/** Some of a package instead of all of it. */
const IN_PART: Readonly<Record<string, string>> = {
  'rate-limiter-flexible': join(import.meta.dirname, 'rate-limiters.js'),
}

const inPart: Plugin = {
  name: 'in-part',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(IN_PART).join('|')})$`) }, ({ path }) => ({
      path: IN_PART[path] as string,
    }))
  },
}

/** How a program is bundled. What only some settings need is loaded late, from a chunk of its own. */
export const BUNDLE = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.14',
  conditions: ['@latchkey/source'],
  plugins: [inPart],
  // Bundled CommonJS requires modules of Node.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/**
 * Bundles both programs of the auth service, `dist/main.js` and `dist/cli.js`, over what the compiler wrote. Modules
 * that import the package get its single files. Chunks lie as deep as the sources, which find assets and migrations by
 * relative paths.
 */
export async function bundleAuthService(): Promise<void> {
  console.log('Bundling the programs of auth-service.')
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: {
      main: join(service, 'src/main.ts'),
      cli: join(service, 'src/cli.ts'),
      'bundle/chunks/worker': join(service, 'src/accounts/passwords/worker.ts'),
    },
    outdir: join(service, 'dist'),
    chunkNames: 'bundle/chunks/[name]-[hash]',
    allowOverwrite: true,
    external: externalOf(service),
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
  })
  writeFileSync(join(service, 'dist/bundle/LICENSES.txt'), licenses(metafile))
  removeOldChunks(metafile)
}

/** What a package needs and is not bundled. */
export function externalOf(folder: string): string[] {
  const { dependencies = {}, peerDependencies = {} } = readManifest(folder)
  const needed = Object.keys({ ...dependencies, ...peerDependencies })
  return needed.filter((name) => !BUNDLED.includes(name)).flatMap((name) => [name, `${name}/*`])
}

/** Removes the chunks of earlier builds. */
function removeOldChunks({ outputs }: Metafile): void {
  const current = Object.keys(outputs).map((output) => resolve(root, output))
  for (const file of globSync('*', { cwd: chunks })) {
    if (!current.includes(join(chunks, file))) rmSync(join(chunks, file))
  }
}

/** The licenses of the bundled packages of others, each with the version. */
function licenses({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
  )
  return [...new Set(folders)]
    .sort()
    .map((folder) => license(join(root, folder)))
    .join('\n')
}

/** Some packages ship no text, but name a common license. */
function license(folder: string): string {
  const { name, version, license } = readManifest(folder)
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder })
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
  return `${name} ${version}, ${license}\n${text}`
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
