import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { NAVIGATION } from './browser-headers.ts'
import { probe, type Reply } from './http-probe.ts'

/** What an app is made with, and what the doctor says about it. */
export interface AppFramework {
  readonly name: string
  /** Where the middleware belongs, so that it sees the page and all errors. */
  readonly remedy: string
}

interface Known extends AppFramework {
  /** Its package; `null` for what is not JavaScript. */
  readonly dependency: string | null
  /** Whether it made this answer to an address that no app has, or this page. */
  made(unknown: Reply, page: Reply): boolean
}

const isText = ({ headers }: Reply): boolean => /^text\/plain\b/.test(headers['content-type'] ?? '')
const isJson = ({ headers }: Reply): boolean => /\bjson\b/.test(headers['content-type'] ?? '')
const poweredBy = (pattern: RegExp, ...replies: readonly Reply[]): boolean =>
  replies.some(({ headers }) => pattern.test(String(headers['x-powered-by'] ?? '')))

/** Whether Next made a response. */
const isOfNext = (reply: Reply): boolean =>
  poweredBy(/^next\.js/i, reply) || /\bnext-router-/i.test(reply.headers.vary ?? '')

/** Frameworks before those that they bring along. Errors are told apart by what each writes for an unknown address. */
const FRAMEWORKS: readonly Known[] = [
  {
    name: 'Next.js',
    dependency: 'next',
    made: (...replies) => replies.some(isOfNext),
    remedy: 'Let proxy.ts export the proxy of auth(), with a matcher that covers this page.',
  },
  {
    name: 'SvelteKit',
    dependency: '@sveltejs/kit',
    made: (...replies) =>
      replies.some(
        ({ headers, text }) => 'x-sveltekit-page' in headers || /__sveltekit|data-sveltekit/.test(text),
      ),
    remedy: 'Let handle in src/hooks.server.ts be latchkey, or begin with it: sequence(latchkey, yours).',
  },
  {
    name: 'Astro',
    dependency: 'astro',
    made: (...replies) =>
      replies.some(({ text }) => /data-astro-|<astro-|\/_astro\/|content="Astro v/.test(text)),
    remedy:
      'Let onRequest in src/middleware.ts be the one of docs/frameworks/astro.md, or begin with it, and render the page on demand.',
  },
  {
    name: 'React Router',
    dependency: '@react-router/dev',
    made: (...replies) => replies.some(({ text }) => text.includes('__reactRouterContext')),
    remedy: 'Put authenticate first into middleware of app/root.tsx.',
  },
  {
    name: 'Nitro',
    dependency: 'nitro',
    made: (unknown) =>
      isJson(unknown) && /"error": ?true/.test(unknown.text) && /"status": ?404/.test(unknown.text),
    remedy: 'Let server/middleware/latchkey.ts be the first file of its folder, by its name.',
  },
  {
    name: 'H3',
    dependency: 'h3',
    made: (unknown) => isJson(unknown) && unknown.text.includes('Cannot find any route matching'),
    remedy: 'Put app.use(latchkey) before the routes.',
  },
  {
    name: 'Elysia',
    dependency: 'elysia',
    made: ({ text }) => text === 'NOT_FOUND',
    remedy: 'Serve with Bun.serve({ fetch: web.handle(…) }): app.listen() goes past the middleware.',
  },
  {
    name: 'Fastify',
    dependency: 'fastify',
    made: (unknown) => isJson(unknown) && /"message":"Route GET:.* not found"/.test(unknown.text),
    remedy: 'Register the plugin before the routes, and not inside of another plugin: app.register(auth()).',
  },
  {
    name: 'Express',
    dependency: 'express',
    made: (unknown, page) =>
      poweredBy(/^express$/i, unknown, page) || /<pre>Cannot GET \//.test(unknown.text),
    remedy: 'Put app.use(auth()) before the routes and the handlers of errors.',
  },
  {
    name: 'Koa',
    dependency: 'koa',
    made: (unknown) => isText(unknown) && unknown.text === 'Not Found',
    remedy: 'Put app.use(auth()) before all other middleware that answers or catches errors.',
  },
  {
    name: 'Hono',
    dependency: 'hono',
    made: (unknown) => isText(unknown) && unknown.text === '404 Not Found',
    remedy: 'Put app.use(auth()) before the routes.',
  },
  {
    name: 'Django',
    dependency: null,
    made: ({ text }) =>
      text.includes('The requested resource was not found on this server.') ||
      text.includes('Using the URLconf defined in'),
    remedy:
      'Put latchkey_django.LatchkeyMiddleware into MIDDLEWARE, right after the session, in place of AuthenticationMiddleware.',
  },
]

/** A site behind a proxy that asks this service. */
export const FORWARD_AUTH: AppFramework = {
  name: 'forward auth',
  remedy: 'Let the proxy pass on the cookies that /forward-auth sets: see docs/forward-auth.md.',
}

/** No app has this address. */
export const NOWHERE = '/latchkey-doctor-looks-for-an-address-that-no-app-has'

/**
 * What the app of a page is made with: by package.json in this folder, if its .env has the app's OWN_URL, else by what the
 * app answers to this user; `null` if neither tells. Several frameworks can be in one answer: a server around another.
 */
export async function recognise(
  page: URL,
  cookie: string,
  folder = process.cwd(),
): Promise<AppFramework | null> {
  const own = frameworkIn(folder, page.origin)
  if (own) return own
  const headers = { ...NAVIGATION, ...(cookie !== '' && { cookie }) }
  const [shown, unknown] = [
    await probe(page, { headers }),
    await probe(new URL(NOWHERE, page), {
      headers: { ...headers, accept: 'application/json, text/html;q=0.9' },
    }),
  ]
  const [first, second] = [unknown, shown].map((answer) => (answer.ok ? answer.value : null))
  if (!first || !second) return null
  return FRAMEWORKS.find(({ made }) => made(first, second)) ?? null
}

/** The framework of the app in this folder, if it is the one at this origin. */
function frameworkIn(folder: string, origin: string): AppFramework | null {
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : ''
  if (URL.parse(parseEnv(read('.env')).OWN_URL ?? '')?.origin !== origin) return null
  try {
    const { dependencies, devDependencies } = JSON.parse(read('package.json') || '{}')
    const names = Object.keys({ ...dependencies, ...devDependencies })
    return FRAMEWORKS.find(({ dependency }) => dependency !== null && names.includes(dependency)) ?? null
  } catch {
    // It is the app's own affair; "latchkey add" says what is wrong with it.
    return null
  }
}
