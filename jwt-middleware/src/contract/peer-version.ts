import { LatchkeyError } from './errors.ts'

/**
 * The lowest versions of what the middleware works with, and of their later major versions. The packages' peer ranges
 * name none, since npm would then not install Latchkey beside an older one that has nothing to do with it.
 */
export const OLDEST_PEERS = {
  'better-sqlite3': ['11.0.0'],
  'drizzle-orm': ['0.44.0'],
  express: ['4.21.0', '5.0.0'],
  fastify: ['5.0.0'],
  hono: ['4.6.0'],
  koa: ['3.0.0'],
  next: ['16.1.0'],
  'openid-client': ['6.3.0'],
  pg: ['8.11.0'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Peer = keyof typeof OLDEST_PEERS

/** The message for a version that is too old; `null` if it is not, or can't be read. */
export function peerVersionProblem(peer: Peer, version: string): string | null {
  const found = numbersOf(version)
  if (found === null) return null
  const oldest: readonly string[] = OLDEST_PEERS[peer]
  const needed = oldest.find((one) => numbersOf(one)?.[0] === found[0]) ?? (oldest[0] as string)
  if (!isOlder(found, numbersOf(needed) as Numbers)) return null
  const short = needed.replace(/(\.0)+$/, '')
  return `Latchkey needs ${peer} ${short} or newer, and this app has ${version}. Run: npm install ${peer}@latest`
}

type Numbers = readonly [number, number, number]

function numbersOf(version: string): Numbers | null {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)]
}

function isOlder(one: Numbers, other: Numbers): boolean {
  const at = one.findIndex((number, index) => number !== other[index])
  return at !== -1 && (one[at] as number) < (other[at] as number)
}

/**
 * Refuses a package that is too old. In a workspace, the app may have another copy than this package finds: only if
 * neither fits, it is refused.
 * @throws LatchkeyError `unsupported_version`
 */
export function refuseOldPeer(peer: Peer): void {
  const problems = installedVersions(peer).map((version) => peerVersionProblem(peer, version))
  const [problem] = problems
  if (problem && !problems.includes(null)) throw new LatchkeyError('unsupported_version', problem)
}

/** The versions that this package and the app find; none where they can't be looked up, as on Bun. */
function installedVersions(peer: Peer): string[] {
  const find = globalThis.process?.getBuiltinModule?.('node:module')?.findPackageJSON
  const files = globalThis.process?.getBuiltinModule?.('node:fs')
  if (find === undefined || files === undefined) return []
  const bases = [import.meta.url, `${process.cwd()}/app.js`]
  return bases.flatMap((base) => {
    try {
      const path = find(peer, base)
      const { name, version } = JSON.parse(files.readFileSync(path ?? '', 'utf8')) as Record<string, unknown>
      return name === peer && typeof version === 'string' ? [version] : []
    } catch {
      return []
    }
  })
}

const OWN_NAME = '@latchkey/jwt-middleware'

/**
 * Refuses to start without a package that is imported no earlier than it is needed, where Node's own error would come late
 * and name no remedy. In a bundle the package may be part of the code: it can only be missing where this file is still
 * one of the package's own.
 * @throws LatchkeyError `package_missing`
 */
export function refuseMissingPeer(peer: Peer): void {
  const find = globalThis.process?.getBuiltinModule?.('node:module')?.findPackageJSON
  const files = globalThis.process?.getBuiltinModule?.('node:fs')
  if (find === undefined || files === undefined) return
  try {
    const { name } = JSON.parse(files.readFileSync(find(import.meta.url) ?? '', 'utf8')) as { name?: string }
    if (name !== OWN_NAME) return
  } catch {
    return
  }
  if (!canFind(() => find(peer, import.meta.url))) throw missingPeer(peer)
}

function canFind(look: () => string | undefined): boolean {
  try {
    return look() !== undefined
  } catch {
    return false
  }
}

/** The error of an app that lacks the package. */
export const missingPeer = (peer: Peer, cause?: unknown): LatchkeyError =>
  new LatchkeyError(
    'package_missing',
    `${USE[peer] ?? 'Latchkey'} needs the package ${peer}, which is not installed. Run: npm install ${peer}`,
    {
      cause,
    },
  )

const USE: { readonly [Name in Peer]?: string } = {
  'openid-client': 'oidc()',
  'better-sqlite3': 'authDatabase()',
  pg: 'authDatabase()',
}
