import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { buildNext } from '../../test/support/next-build.ts'
import { COOKIE, ISSUER, NO_REVOCATIONS, OWN_URL } from '../people.ts'
import { paragraphs } from '../variants.ts'
import { type CreateContender, REFUSAL, type Visitors } from './contender.ts'
import { byIronSession, IRON_SESSION } from './iron-cookie.ts'
import { byToken, EXPECTED } from './jwt-cookie.ts'

const require = createRequire(import.meta.url)

/** What is used of Next here. Its own types change global ones, such as those of processes. */
type NextServer = (options: Readonly<Record<string, unknown>>) => {
  prepare(): Promise<void>
  getRequestHandler(): RequestListener
}

/** What a site knows when it runs. It is built without. */
const RUNTIME = 'BENCH_SITE'

/** Which of its contenders a site is when it runs. */
const NAME = 'BENCH_SITE_NAME'

/** The files of contenders, each with `emailOf()` for the page and, if the site has a proxy, `proxy()`. */
type Contenders = Readonly<Record<string, string>>

/** A module with this function, which is that of the contender in question. */
const dispatching = (name: string, parameters: string, contenders: Contenders): string =>
  `const contenders = { ${Object.keys(contenders)
    .map((one) => `${one}: () => import('./contenders/${one}')`)
    .join(', ')} }
export const ${name} = async (${parameters}) =>
  (await contenders[process.env.${NAME}]()).${name}(${parameters})
`

/**
 * The files of a site. Contenders share one, since Next takes most of a build's time for its own code; those without a
 * proxy have a site without one.
 */
const siteOf = (contenders: Contenders, hasProxy: boolean): Record<string, string> => ({
  'package.json': '{ "private": true, "type": "module" }',
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2023',
      module: 'esnext',
      moduleResolution: 'bundler',
      strict: true,
      noEmit: true,
      jsx: 'react-jsx',
      skipLibCheck: true,
      esModuleInterop: true,
      isolatedModules: true,
      incremental: true,
      plugins: [{ name: 'next' }],
    },
    include: ['next-env.d.ts', '**/*.ts', '**/*.tsx', '.next/types/**/*.ts'],
    exclude: ['node_modules'],
  }),
  'next.config.ts': `export default { experimental: { authInterrupts: true }, typescript: { ignoreBuildErrors: true } }`,
  'app/layout.tsx': `import type { ReactNode } from 'react'
export default function Layout({ children }: { children: ReactNode }) {
  return <html lang="en"><body>{children}</body></html>
}`,
  'app/unauthorized.tsx': `export default function Unauthorized() {
  return <p>${REFUSAL}</p>
}`,
  'app/notes/page.tsx': `import { connection } from 'next/server'
import { unauthorized } from 'next/navigation'
import { emailOf } from '../../email'
const paragraphs = ${JSON.stringify(paragraphs)}
export default async function Notes() {
  await connection()
  const email = await emailOf()
  if (email === undefined) unauthorized()
  return <main dangerouslySetInnerHTML={{ __html: \`\${paragraphs}<p>\${email}</p>\` }} />
}`,
  'email.ts': dispatching('emailOf', '', contenders),
  ...Object.fromEntries(Object.entries(contenders).map(([name, code]) => [`contenders/${name}.ts`, code])),
  'runtime.ts': `export const runtime = () => JSON.parse(process.env.${RUNTIME} as string)`,
  ...(hasProxy && {
    'proxy.ts': `${dispatching('proxy', 'request, event', contenders)}${EVERY_PAGE}`,
  }),
})

const FIRST_VISITOR = `import { runtime } from '../runtime'
let email: string
export const emailOf = async () => (email ??= runtime().email)
`

const LATCHKEY = `import { auth } from '@latchkey/jwt-middleware/next'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { runtime } from '../runtime'
const latchkey = auth({
  users: () => sqliteUsers(new Database(':memory:')),
  fetch: async () => Response.json({ keys: [runtime().jwk] }),
  loginUrl: '${ISSUER}/login',
  ownUrl: '${OWN_URL}',
  revocations: { since: ${NO_REVOCATIONS.since}, subscribe: ${NO_REVOCATIONS.subscribe} },
  log: { debug() {}, warn() {} },
})
export const { proxy } = latchkey
export async function emailOf(): Promise<string | undefined> {
  const user = await latchkey.getUser()
  return user.isAuthenticated ? user.email : undefined
}
`

const EVERY_PAGE = `export const config = { matcher: ['/((?!_next/static/).*)'] }\n`

/** As Next's guide to authentication has it: the proxy looks first, and the page verifies by itself. */
const JOSE = `import { type CryptoKey, importJWK, jwtVerify } from 'jose'
import { cookies } from 'next/headers'
import { type NextRequest, NextResponse } from 'next/server'
import { runtime } from '../runtime'
let key: Promise<CryptoKey> | undefined
async function verified(token = ''): Promise<string | undefined> {
  key ??= importJWK(runtime().jwk, 'ES256') as Promise<CryptoKey>
  try {
    return (await jwtVerify(token, await key, ${JSON.stringify(EXPECTED)})).payload.user_email as string
  } catch {
    return undefined
  }
}
export const emailOf = async () => verified((await cookies()).get('${COOKIE}')?.value)
export async function proxy(request: NextRequest) {
  const email = await verified(request.cookies.get('${COOKIE}')?.value)
  return email === undefined ? new NextResponse('${REFUSAL}', { status: 401 }) : NextResponse.next()
}
`

const IRON = `import { getIronSession } from 'iron-session'
import { cookies } from 'next/headers'
export const emailOf = async () =>
  (await getIronSession<{ email?: string }>(await cookies(), ${JSON.stringify(IRON_SESSION)})).email
`

const OPEN = siteOf({ bare: FIRST_VISITOR, iron: IRON }, false)
const PROXIED = siteOf(
  {
    // Next itself says that the page is private. What remains is a proxy that lets all pass.
    private: `import { NextResponse } from 'next/server'
${FIRST_VISITOR}export const proxy = () => NextResponse.next()
`,
    latchkey: LATCHKEY,
    jose: JOSE,
  },
  true,
)

const SITES = { bare: OPEN, iron: OPEN, private: PROXIED, latchkey: PROXIED, jose: PROXIED }

const build = (name: keyof typeof SITES): Promise<string> =>
  buildNext(SITES[name] === OPEN ? 'bench-open' : 'bench-proxied', SITES[name])

/** Builds all sites, one after another, which takes half a minute. Without it, each is built at its first use. */
export async function buildNextSites(): Promise<void> {
  for (const name of ['bare', 'private'] as const) await build(name)
}

/** Serves the site in this process by Next's own server. */
async function serve(name: keyof typeof SITES, { jwk, all }: Visitors) {
  const dir = await build(name)
  process.env[NAME] = name
  process.env[RUNTIME] = JSON.stringify({ jwk, email: all[0].email })
  const next = require('next') as NextServer
  const app = next({ dev: false, dir, hostname: '127.0.0.1', quiet: true })
  await app.prepare()
  const handle = app.getRequestHandler()
  return createServer((request, response) => void handle(request, response))
}

export const bareNext: CreateContender = async (visitors) => ({
  server: await serve('bare', visitors),
  signIn: byToken,
})

export const privateNext: CreateContender = async (visitors) => ({
  server: await serve('private', visitors),
  signIn: byToken,
})

export const latchkeyNext: CreateContender = async (visitors) => ({
  server: await serve('latchkey', visitors),
  signIn: byToken,
})

export const joseNext: CreateContender = async (visitors) => ({
  server: await serve('jose', visitors),
  signIn: byToken,
})

export const ironNext: CreateContender = async (visitors) => ({
  server: await serve('iron', visitors),
  signIn: byIronSession,
})
