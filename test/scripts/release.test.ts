import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { PACKAGES, type PackageName } from '../../scripts/packing.ts'
import { readPage } from '../docs/pages.ts'
import { surroundings } from '../support/typing-person.ts'

// It builds and packs in two checkouts, and npm asks the registry.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 })

const root = resolve(import.meta.dirname, '../..')

interface Step {
  readonly name?: string
  readonly run?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, string>>
}

interface Job {
  readonly needs?: string
  readonly environment?: string
  readonly permissions: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

const workflow = parse(readPage('.github/workflows/release.yml')) as {
  readonly on: unknown
  readonly permissions: unknown
  readonly jobs: { readonly pack: Job; readonly publish: Job }
}
const { pack, publish } = workflow.jobs
const names = Object.keys(PACKAGES) as PackageName[]

/** The lines of the step that has this in them. */
function linesOf(job: Job, text: string): string {
  const found = job.steps.filter(({ run }) => run?.includes(text))
  expect(found.length, text).toBe(1)
  return found[0]?.run as string
}

describe('The release workflow', () => {
  it('may write nothing but the release, and proves to npm where it runs', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } })
    expect(workflow.permissions).toEqual({})
    expect(pack.permissions).toEqual({ contents: 'read' })
    expect(publish.permissions).toEqual({ contents: 'write', 'id-token': 'write' })
    expect(publish).toMatchObject({ needs: 'pack', environment: 'npm' })
    expect(linesOf(publish, 'npm publish')).toContain(' --provenance')
    expect(readPage('.github/workflows/release.yml')).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN|secrets\./)
  })

  it('runs only scripts that exist, and all tests before it packs', () => {
    const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> }
    const lines = pack.steps.map(({ run = '' }) => run).join('\n')
    const called = [...lines.matchAll(/npm (?:--silent )?(?:run (?:--silent )?)?([\w:]+)/g)].map(
      ([, name]) => name,
    )
    expect(called.filter((name = '') => !['ci', ...Object.keys(scripts)].includes(name))).toEqual([])
    expect(called).toEqual(expect.arrayContaining(['ci', 'setup', 'test', 'pack', 'sbom', 'release:notes']))
    expect(called.indexOf('test')).toBeLessThan(called.indexOf('pack'))
  })
})

/** What the test's shells put before the lines of a step: packages are there already, and nothing is published. */
const STANDINS = `
npm() {
  if [ "$1" = ci ]; then
    [ -e node_modules ] || cp -al "$MODULES" node_modules || cp -R "$MODULES" node_modules
  elif [ "$1" = publish ]; then
    test -f "$2" && echo "npm $*"
  else
    command npm "$@"
  fi
}
gh() { echo "gh $*"; for file in packages/*.tgz sbom/*.json release-notes.md; do test -s "$file" || return 1; done; }
`

const folder = join(root, 'artefacts/release-test')
const checkout = join(folder, 'here')
let version = ''

/** Runs lines as GitHub does: bash ends at the first command that fails. */
const shell = (lines: string, cwd = checkout): string =>
  execFileSync('bash', ['-e', '-c', `${STANDINS}\n${lines}`], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 2 ** 20,
    env: {
      ...surroundings(process.execPath),
      MODULES: join(root, 'node_modules'),
      GITHUB_WORKSPACE: checkout,
      GITHUB_REF_NAME: `v${version}`,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'example/latchkey',
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.com',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.com',
    },
  })

/** A repository with the files of this one as they are now, and one more change to release. */
function createCheckout(): void {
  rmSync(folder, { recursive: true, force: true })
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  for (const file of files
    .toString()
    .split('\0')
    .filter((path) => path && existsSync(join(root, path)))) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true })
    cpSync(join(root, file), join(checkout, file))
  }
  const changes = names.map((name) => `"${name}": patch`).join('\n')
  writeFileSync(join(checkout, '.changeset/of-the-test.md'), `---\n${changes}\n---\n\nA change.\n`)
  const changelog = join(checkout, 'CHANGELOG.md')
  const text = readFileSync(changelog, 'utf8')
  writeFileSync(
    changelog,
    text.replace('## [Unreleased]\n', '## [Unreleased]\n\n### Added\n\n- A change of this test.\n'),
  )
  shell(
    'git init --quiet --initial-branch=main && git add --all && git commit --quiet --message=before && npm ci',
  )
}

const versionOf = (path: string): string =>
  JSON.parse(readFileSync(join(checkout, path, 'package.json'), 'utf8')).version

const tarballOf = (name: string) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

describe('A release', () => {
  const before = JSON.parse(readPage('latchkey/package.json')).version as string
  let published = ''

  beforeAll(() => {
    createCheckout()
    shell('npm run --silent release:version && git commit --quiet --all --message=version')
    version = versionOf('latchkey')
    shell(linesOf(pack, 'GITHUB_REF_NAME'))
    shell(linesOf(pack, 'git worktree add'))
    shell(linesOf(pack, 'npm run sbom'))
    shell(linesOf(pack, 'release:notes'))

    // As actions/upload-artifact and download-artifact do: below the folder that all of the paths have in common.
    const kept = pack.steps
      .find(({ uses }) => uses?.startsWith('actions/upload-artifact'))
      ?.with?.path?.split('\n')
    const release = join(folder, 'release')
    for (const path of kept?.filter((one) => one !== '') ?? []) {
      const target = join(release, dirname(path).replace(/^artefacts\/?/, ''))
      shell(`mkdir -p ${target} && cp ${path} ${target}`)
    }
    published = shell(`${linesOf(publish, 'npm publish')}\n${linesOf(publish, 'gh release')}`, release)
    return () => rmSync(folder, { recursive: true, force: true })
  })

  it('has one new version in all packages, in what they ask of each other, and in the lock file', () => {
    expect(version).not.toBe(before)
    const lock = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8'))
    for (const path of Object.values(PACKAGES)) {
      const { dependencies } = JSON.parse(readFileSync(join(checkout, path, 'package.json'), 'utf8'))
      expect(versionOf(path)).toBe(version)
      expect(lock.packages[path].version).toBe(version)
      const ours = Object.entries(dependencies).filter(([name]) => names.includes(name as PackageName))
      expect(ours.map(([, range]) => range)).toEqual(ours.map(() => version))
    }
    expect(readdirSync(join(checkout, '.changeset')).sort()).toEqual(['README.md', 'config.json'])
  })

  it('is stopped by a tag of another version', () => {
    const lines = linesOf(pack, 'GITHUB_REF_NAME')
    expect(() => shell(`GITHUB_REF_NAME=v99.0.0\n${lines}`)).toThrow('Command failed')
  })

  it('packs the same bytes in two checkouts, and names the repository for the provenance', () => {
    const files = names.map(tarballOf)
    for (const place of ['here', 'again']) {
      expect(readdirSync(join(folder, place, 'artefacts/packages')).sort(), place).toEqual([...files].sort())
    }
    for (const [name, directory] of Object.entries(PACKAGES)) {
      const [here, again] = ['here', 'again'].map((place) =>
        join(folder, place, 'artefacts/packages', tarballOf(name)),
      )
      expect(readFileSync(here as string).equals(readFileSync(again as string)), name).toBe(true)
      const manifest = JSON.parse(shell(`tar xOf ${here} package/package.json`))
      expect(manifest.repository).toEqual({
        type: 'git',
        url: 'git+https://github.com/example/latchkey.git',
        directory,
      })
      expect(shell(`tar xzOf ${here}`)).not.toContain(folder)
    }
  })

  it('is stopped if the bytes differ', () => {
    const lines = linesOf(pack, 'git worktree add').split('\n')
    const compare = lines.slice(lines.indexOf('done') + 1).join('\n')
    expect(compare).toContain('cmp ')
    shell(compare)
    const one = `"$GITHUB_WORKSPACE/../again/artefacts/packages/${tarballOf('latchkey')}"`
    expect(() => shell(`cp ${one} kept\necho >> ${one}\n${compare} > cmp.log`)).toThrow('Command failed')
    shell(`mv kept ${one}`)
  })

  it.each(names)('lists what %s brings, as CycloneDX has it', async (name) => {
    const file = join(checkout, 'artefacts/sbom', `${name.replace('@', '').replace('/', '-')}.cdx.json`)
    const text = readFileSync(file, 'utf8')
    const bom = JSON.parse(text)
    const validator = new Validation.JsonStrictValidator(bom.specVersion as Spec.Version)
    expect(Object.values(Spec.Version)).toContain(bom.specVersion)
    expect(await validator.validate(text)).toBeNull()
    expect(
      await validator.validate(text.replace('"bomFormat": "CycloneDX"', '"bomFormat": "Other"')),
    ).not.toBeNull()

    expect(bom.metadata.component).toMatchObject({ type: 'library', version })
    expect(bom.metadata.component.purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`)
    const { dependencies } = JSON.parse(readFileSync(join(checkout, PACKAGES[name], 'package.json'), 'utf8'))
    const purls = bom.components.map(({ purl }: { purl: string }) => purl)
    for (const needed of Object.keys(dependencies)) {
      const start = `pkg:npm/${needed.replace('@', '%40')}@`
      expect(
        purls.filter((purl: string) => purl.startsWith(start)),
        needed,
      ).not.toEqual([])
    }
    expect(purls.filter((purl: string) => !/^pkg:npm\/[\w%./-]+@\d+\.\d+\.\d+[\w.-]*$/.test(purl))).toEqual(
      [],
    )
    expect(text).not.toContain('file:')
    expect(text).not.toContain(folder)
  })

  it('publishes each package after those that it needs, and has the notes of the changelog', () => {
    const lines = published.trim().split('\n')
    expect(lines.slice(0, -1)).toEqual(
      names.map((name) => `npm publish ./packages/${tarballOf(name)} --access public --provenance`),
    )
    expect(lines.at(-1)).toMatch(
      new RegExp(
        `^gh release create v${version} .*--verify-tag --notes-file release-notes\\.md --repo example/latchkey$`,
      ),
    )
    const notes = readFileSync(join(folder, 'release/release-notes.md'), 'utf8')
    expect(notes).toMatch(/^### Added\n\n- A change of this test\.\n/)
    expect(notes).not.toMatch(/^## /m)
  })
})
