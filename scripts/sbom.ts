/** Writes a software bill of materials (CycloneDX) of each packed package into `artefacts/sbom`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { PACKAGES, type PackageName, packAll, writeLockedManifest } from './packing.ts'

const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'artefacts/sbom')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly dependencies?: Readonly<Record<string, string>>
}

interface Component {
  readonly name: string
  readonly version: string
  readonly purl: string
}

interface Bom {
  readonly serialNumber: string
  readonly components: readonly Component[]
}

/** What npm would install with the package, in the versions of this repository's lock file. */
function billOf(name: PackageName, tarballs: ReadonlyMap<string, string>, scratch: string): Bom {
  const { version, description, license, dependencies = {} } = readManifest(name)
  const project = join(scratch, PACKAGES[name])
  const packed = [...tarballs].map(([ours, tarball]) => [ours, `file:${tarball}`] as const)
  const direct = packed.filter(([ours]) => ours in dependencies)
  mkdirSync(project)
  writeLockedManifest(project, {
    name,
    version,
    description,
    license,
    dependencies: { ...dependencies, ...Object.fromEntries(direct) },
    overrides: Object.fromEntries(packed.filter(([ours]) => ours !== name && !(ours in dependencies))),
  })
  npm(project, 'install', '--package-lock-only', '--ignore-scripts', '--prefer-offline', '--no-audit')
  const answer = npm(project, 'sbom', '--sbom-format=cyclonedx', '--sbom-type=library', '--package-lock-only')
  return withPublishedNames(JSON.parse(answer) as Bom)
}

/** Our own packages are known by their tarballs in that project, and by their versions in the registry. */
function withPublishedNames(bom: Bom): Bom {
  const purls = new Map(
    (Object.keys(PACKAGES) as PackageName[]).map((name) => [
      name as string,
      `pkg:npm/${name.replace('@', '%40')}@${readManifest(name).version}`,
    ]),
  )
  const components = bom.components.map(
    ({ externalReferences, ...component }: Component & { externalReferences?: unknown }) => {
      const purl = purls.get(component.name)
      return purl ? { ...component, purl } : { ...component, externalReferences }
    },
  )
  return { ...bom, components }
}

const readManifest = (name: PackageName): Manifest =>
  JSON.parse(readFileSync(join(root, PACKAGES[name], 'package.json'), 'utf8'))

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 2 ** 20,
    shell: process.platform === 'win32',
  })

const scratch = mkdtempSync(join(tmpdir(), 'latchkey-sbom-'))
try {
  const tarballs = new Map(Object.entries(packAll(scratch)) as [PackageName, string][])
  mkdirSync(folder, { recursive: true })
  for (const name of tarballs.keys()) {
    const bom = billOf(name, tarballs, scratch)
    const file = join(folder, `${name.replace('@', '').replace('/', '-')}.cdx.json`)
    writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`)
    console.log(`Wrote ${relative(process.cwd(), file)}: ${bom.components.length} packages.`)
  }
} finally {
  rmSync(scratch, { recursive: true })
}
