import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Edit } from './file-edit.ts'
import { exportedStore } from './find-store.ts'
import { hasPackage, installCommand, type Manifest, runScript } from './project.ts'
import { parseSource } from './syntax.ts'

/** The middleware's entry for Next. */
const NEXT_ENTRY = '@latchkey/jwt-middleware/next'
/** The first version that the middleware takes. */
const OLDEST = [16, 1] as const

/** What is added to a site on Next. */
export interface NextSite {
  readonly edits: readonly Edit[]
  /** What remains to do by hand beyond what every app has, in order. */
  readonly steps: readonly string[]
  readonly packages: readonly string[]
  /** The command that starts it. */
  readonly start: string
}

/** Whether the package is a site on Next, rather than an app that only has it installed for something else. */
export const isNextSite = (manifest: Manifest): boolean =>
  hasPackage(manifest, 'next') &&
  /\bnext (dev|start|build)\b/.test(Object.values(manifest.scripts ?? {}).join('\n'))

const ENDINGS = ['ts', 'tsx', 'js', 'jsx', 'mjs']
const DATABASES = [
  'lib/db',
  'lib/database',
  'db',
  'database',
  'lib/db/index',
  'db/index',
  'server/db',
  'server/db/index',
]

/** Plans `auth.ts` and `proxy.ts` for the site in this folder. */
export function planNextSite(manifest: Manifest, folder: string): Result<NextSite, string> {
  const old = oldVersion(manifest)
  if (old !== null) {
    const update = installCommand(manifest, folder, ['next@latest', 'react@latest', 'react-dom@latest'])
    return failure(
      `This site has Next.js ${old}, and Latchkey needs ${OLDEST.join('.')} or newer. Run: ${update}`,
    )
  }
  const under = ['src/', ''].find((base) => existsSync(join(folder, `${base}app`)))
  if (under === undefined) {
    return failure(
      'There is no folder app or src/app. Latchkey works with the App Router of Next.js: docs/frameworks/next.md',
    )
  }
  const ending = existsSync(join(folder, 'tsconfig.json')) ? 'ts' : 'js'
  const find = (name: string): string | undefined =>
    ENDINGS.map((end) => `${under}${name}.${end}`).find((file) => existsSync(join(folder, file)))
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')

  const known = ['auth', 'latchkey']
    .map(find)
    .find((file) => file !== undefined && read(file).includes(NEXT_ENTRY))
  // Another library may have an auth.ts of its own.
  const name = known === undefined && find('auth') !== undefined ? 'latchkey' : 'auth'
  const module = known?.slice(under.length).replace(/\.\w+$/, '') ?? name
  const store = known === undefined ? findDatabase(folder, under, find) : null
  const proxy = find('proxy')
  const middleware = find('middleware')
  const create = (file: string, after: string): Edit => ({
    path: join(folder, file),
    name: file,
    before: null,
    after,
  })
  const edits = [
    ...(known === undefined ? [create(`${under}${name}.${ending}`, authFile(store))] : []),
    ...(proxy === undefined && middleware === undefined
      ? [create(`${under}proxy.${ending}`, proxyFile(module))]
      : []),
  ]
  const isProxied = proxy !== undefined && new RegExp(`['"][^'"]*/${module}['"]`).test(read(proxy))
  return success({
    edits,
    packages: store === null ? [] : ['drizzle-orm'],
    steps: [
      ...(middleware === undefined || proxy !== undefined ? [] : [renameHint(middleware, ending)]),
      ...(proxy === undefined || isProxied ? [] : [goOnHint(proxy, module)]),
      ...(edits.length > 0 ? [GUARD(module)] : []),
    ],
    start: runScript(manifest, folder, 'dev'),
  })
}

function oldVersion({ dependencies, devDependencies }: Manifest): string | null {
  const range = { ...devDependencies, ...dependencies }.next ?? ''
  const [version, major, minor] = /(\d+)(?:\.(\d+))?/.exec(range) ?? []
  if (version === undefined || Number(major) > OLDEST[0]) return null
  // A range such as ^16.0.0 or 16 is likely to have led to a newer one.
  const isOld =
    Number(major) < OLDEST[0] || (/^\d/.test(range) && minor !== undefined && Number(minor) < OLDEST[1])
  return isOld ? version : null
}

interface SiteStore {
  readonly db: string
  readonly store: 'sqliteUsers' | 'postgresUsers'
  /** The module that exports it, as `auth.ts` imports it. */
  readonly from: string
}

/** A database that a file with a usual name exports. */
function findDatabase(
  folder: string,
  under: string,
  find: (name: string) => string | undefined,
): SiteStore | null {
  for (const name of DATABASES) {
    const file = find(name)
    if (file === undefined) continue
    const parsed = parseSource(join(folder, file), readFileSync(join(folder, file), 'utf8'))
    const found = parsed.ok ? exportedStore(parsed.value) : null
    const from = `./${file.slice(under.length).replace(/(\/index)?\.\w+$/, '')}`
    if (found !== null) return { ...found, from }
  }
  return null
}

const STORES = {
  sqliteUsers: '@latchkey/jwt-middleware/sqlite',
  postgresUsers: '@latchkey/jwt-middleware/postgres',
} as const

const NAMES = [
  'proxy',
  'getUser',
  'loginRequired',
  'staffRequired',
  'permissionRequired',
  'signOut',
  'signInUrl',
]

function authFile(store: SiteStore | null): string {
  const names = NAMES.map((name) => `  ${name},\n`).join('')
  const imports = [
    `import { auth } from '${NEXT_ENTRY}'`,
    ...(store === null
      ? []
      : [
          `import { ${store.store} } from '${STORES[store.store]}'`,
          `import { ${store.db} } from '${store.from}'`,
        ]),
  ]
  const call = store === null ? 'auth()' : `auth({ users: () => ${store.store}(${store.db}) })`
  const memory =
    store === null
      ? '// Local users are in memory until you pass a store: auth({ users: () => sqliteUsers(db) }) keeps them in your database.\n'
      : ''
  return `${imports.join('\n')}\n\n${memory}export const {\n${names}} = ${call}\n`
}

const proxyFile = (module: string): string => `export { proxy } from './${module}'

export const config = {
  matcher: [
    {
      source: '/((?!_next/static/|_next/image$|favicon\\\\.ico$).*)',
      missing: [{ type: 'header', key: 'next-router-prefetch' }],
    },
  ],
}
`

const GUARD = (module: string): string =>
  `Guard a page: const user = await loginRequired(), from its '${module}'. For a sign-out button, write app/sign-out/route.ts: ` +
  'export const POST = signOut()'

const goOnHint = (proxy: string, module: string): string =>
  `${proxy} is there already, so change it yourself: import { proxy as latchkey } from './${module}', and ` +
  'export const proxy = latchkey((request) => yours(request))'

const renameHint = (middleware: string, ending: string): string =>
  `Next.js 16 calls ${middleware} proxy.${ending}. Rename it, and its function, then run this command again: ` +
  'npx @next/codemod@latest middleware-to-proxy .'
