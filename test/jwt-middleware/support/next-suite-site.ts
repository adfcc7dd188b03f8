import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { NextAuth } from '@latchkey/jwt-middleware/next'
import type { NextRequest } from 'next/server.js'
import { buildNext } from '../../support/next-build.ts'
import { listening } from './listening.ts'

export type Route = (request: NextRequest, context: never) => Response | Promise<Response>

/** What the built site does. */
export interface Behaviour {
  readonly proxy?: NextAuth['proxy']
  /** Route handlers, by path. */
  readonly routes?: Readonly<Record<string, Route>>
  /** What pages show as JSON, by name: `/pages/<name>`. */
  readonly pages?: Readonly<Record<string, () => unknown>>
  /** Server actions of each page, by name. */
  readonly actions?: Readonly<Record<string, () => unknown>>
}

const FILES = {
  'package.json': '{ "private": true, "type": "module" }',
  // The one above is for another JSX.
  'jsconfig.json': '{ "compilerOptions": { "jsx": "react-jsx" } }',
  'next.config.js': 'export default { experimental: { authInterrupts: true } }',
  'proxy.js': `
import { NextResponse } from 'next/server'

export const proxy = (request, event) =>
  globalThis.suiteSite().proxy?.(request, event) ?? NextResponse.next()

export const config = {
  matcher: [
    '/handbook/:path*',
    {
      source: '/((?!_next/static/|_next/image$).*)',
      missing: [{ type: 'header', key: 'next-router-prefetch' }],
    },
  ],
}
`,
  'app/layout.jsx': 'export default ({ children }) => <html><body>{children}</body></html>',
  'app/forbidden.jsx': 'export default () => <p>The site’s page for 403</p>',
  'app/page.jsx': 'export default () => <p>A static page</p>',
  'app/handbook/page.jsx': 'export default () => <p>A static page with an entry of its own</p>',
  'app/[...path]/route.js': `
const handle = (request, context) => {
  const route = globalThis.suiteSite().routes?.[new URL(request.url).pathname]
  return route ? route(request, context) : new Response(null, { status: 404 })
}
export { handle as GET, handle as POST, handle as PUT, handle as PATCH, handle as DELETE, handle as OPTIONS }
`,
  'app/pages/[name]/page.jsx': `
async function act(form) {
  'use server'
  await globalThis.suiteSite().actions[form.get('action')]()
}

export default async function Page({ params }) {
  const { name } = await params
  const shown = await globalThis.suiteSite().pages[name]()
  return (
    <form action={act}>
      <code>{JSON.stringify(shown)}</code>
      <input name="action" />
      <button>Act</button>
    </form>
  )
}
`,
}

interface NextServer {
  prepare(): Promise<void>
  getRequestHandler(): RequestListener
  close(): Promise<void>
}

/** Not with Next's own types, which change those of the environment in all files. */
const next: (options: object) => NextServer = createRequire(import.meta.url)('next')

/** Builds the site once, and serves it in this process, where its behaviour comes from the tests. */
export async function startSuiteSite() {
  const behaviours = new AsyncLocalStorage<Behaviour>()
  Object.assign(globalThis, { suiteSite: () => behaviours.getStore() ?? {} })
  const folder = await buildNext('suite-site', FILES)
  const app = next({ dev: false, dir: folder, quiet: true })
  await app.prepare()
  const handle = app.getRequestHandler()
  const listener =
    (behaviour: Behaviour): RequestListener =>
    (req, res) =>
      behaviours.run(behaviour, () => handle(req, res))
  return {
    listener,
    /** The site on a port of its own, with this behaviour. */
    async serve(behaviour: Behaviour) {
      const served = await listening(listener(behaviour))
      return {
        url: served.url,
        async close() {
          served.server.closeAllConnections()
          await served.close()
        },
      }
    },
    close: () => app.close(),
  }
}
