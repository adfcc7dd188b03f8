import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import MagicString from 'magic-string'
import { importLine, styleOf } from './code-style.ts'
import type { Edit } from './file-edit.ts'
import { type Manifest, runScript } from './project.ts'
import type { Recipe } from './recipes.ts'
import { parseSource } from './syntax.ts'

/** The middleware's entry for frameworks of the Fetch standard. */
const WEB_ENTRY = '@latchkey/jwt-middleware/web'

/** What is added to a site that its framework builds. */
export interface RecipeSite {
  readonly edits: readonly Edit[]
  /** What remains to do by hand beyond what every app has, in order. */
  readonly steps: readonly string[]
  /** The command that starts it; `null` without a script. */
  readonly start: string | null
}

/** The files of the site, by their paths in it. */
interface Site {
  /** The first of these files that exists. */
  find(...names: readonly string[]): string | undefined
  read(name: string): string
  /** Whether one of these files exists, and its text matches. */
  has(pattern: RegExp, ...names: readonly string[]): boolean
}

interface Plan {
  readonly edits: readonly (readonly [name: string, after: string])[]
  readonly steps: readonly string[]
}

const CODE = ['ts', 'js', 'mjs']
const VITE = CODE.map((end) => `vite.config.${end}`)
const READ_ENV = "import { existsSync } from 'node:fs', and: if (existsSync('.env')) process.loadEnvFile()"

/** A file that ships with this package, and that stands on the framework's page. */
export const shipped = (folder: string, name: string): string =>
  readFileSync(new URL(`../../../assets/recipes/${folder}/${name}.txt`, import.meta.url), 'utf8')

const PLANS: Readonly<Record<string, (site: Site, page: string) => Plan | null>> = {
  sveltekit(site, page) {
    if (!site.find('src/routes')) return null
    const hooks = site.find('src/hooks.server.ts', 'src/hooks.server.js', 'src/hooks.server/index.ts')
    const types = site.find('src/app.d.ts')
    const isHooked = hooks !== undefined && /latchkey/.test(site.read(hooks))
    return {
      edits: [
        ...create(site, 'sveltekit', 'src/latchkey.server.ts'),
        ...(hooks ? [] : [['src/hooks.server.ts', HOOKS] as const]),
        ...(types ? [] : create(site, 'sveltekit', 'src/app.d.ts')),
      ],
      steps: [
        ...(hooks && !isHooked ? [`${hooks} is there already, so change it yourself: ${SEQUENCE}`] : []),
        ...(types && !/latchkey/.test(site.read(types)) ? [LOCALS(types)] : []),
        ...(site.has(/loadEnvFile|dotenv/, ...VITE)
          ? []
          : [`Vite keeps .env to itself. ${READS('vite.config')}`]),
        `Move the routes that require sign-in into src/routes/(private). ${page} has the rest`,
      ],
    }
  },
  astro(site, page) {
    if (!site.find('src/pages')) return null
    const config = CODE.map((end) => `astro.config.${end}`)
    const own = site.find(
      'src/middleware.ts',
      'src/middleware.js',
      'src/middleware/index.ts',
      'src/middleware/index.js',
    )
    const types = site.find('src/env.d.ts')
    const isOnDemand = site.has(/output:\s*['"]server['"]/, ...config) && site.has(/adapter:/, ...config)
    const isOurs = own !== undefined && /latchkey/.test(site.read(own))
    // Astro generates types of its own into this file.
    const isTyped = types !== undefined && /latchkey/.test(site.read(types))
    return {
      edits: [
        ...create(site, 'astro', 'src/latchkey.ts'),
        ...(own ? [] : create(site, 'astro', 'src/middleware.ts')),
        ...(types ? [] : create(site, 'astro', 'src/env.d.ts')),
        ...(site.find('src/pages/sign-out.ts', 'src/pages/sign-out.js')
          ? []
          : create(site, 'astro', 'src/pages/sign-out.ts')),
      ],
      steps: [
        ...(own && !isOurs
          ? [
              `${own} is there already, so copy onRequest of ${page} into it, before yours: sequence(latchkey, yours)`,
            ]
          : []),
        ...(types && !isTyped ? [LOCALS(types)] : []),
        ...(isOnDemand
          ? []
          : ["Render on demand: output: 'server' and an adapter in astro.config, such as @astrojs/node"]),
        ...(site.has(/loadEnvFile|dotenv/, ...config)
          ? []
          : [`Astro keeps .env to itself. ${READS('astro.config')}`]),
        `Write the routes that require sign-in into isPrivate of src/middleware.ts. ${page} has the rest`,
      ],
    }
  },
  'react-router'(site, page) {
    const root = site.find('app/root.tsx', 'app/root.jsx')
    if (root === undefined) return null
    const before = site.read(root)
    const after = addToRoot(root, before)
    return {
      edits: [
        ...create(site, 'react-router', 'app/latchkey.server.ts'),
        ...(after === null || after === before ? [] : [[root, after] as const]),
      ],
      steps: [
        ...(after === null
          ? [`${root} has middleware already, so put authenticate of ./latchkey.server before it`]
          : []),
        `Guard a layout route: export const middleware = [loginRequired], from its latchkey.server. ${page} has the rest`,
      ],
    }
  },
  nitro(site, page) {
    const configs = CODE.map((end) => `nitro.config.${end}`)
    const isThere = site.find('server') && site.has(/serverDir:\s*['"](\.\/)?server\/?['"]/, ...configs)
    if (!isThere) return null
    return {
      edits: [
        ...create(site, 'nitro', 'server/latchkey.ts'),
        ...create(site, 'nitro', 'server/middleware/latchkey.ts'),
        ...create(site, 'nitro', 'server/routes/sign-out.post.ts'),
      ],
      steps: [`Guard routes with a middleware for them, as server/guards/login.ts of ${page}`],
    }
  },
}

/** Plans the files of a recipe; `null` if the site is not as its framework makes it. */
export function planRecipe(
  { folder: of, page }: Recipe,
  manifest: Manifest,
  folder: string,
): RecipeSite | null {
  const at = (name: string) => join(folder, name)
  const site: Site = {
    find: (...names) => names.find((name) => existsSync(at(name))),
    read: (name) => readFileSync(at(name), 'utf8'),
    has: (pattern, ...names) => names.some((name) => existsSync(at(name)) && pattern.test(site.read(name))),
  }
  const plan = PLANS[of]?.(site, page)
  if (!plan) return null
  const edits = plan.edits.map(([name, after]) => ({
    path: at(name),
    name,
    before: existsSync(at(name)) ? site.read(name) : null,
    after,
  }))
  const script = ['dev', 'start'].find((name) => manifest.scripts?.[name] !== undefined)
  const start = script === undefined ? null : runScript(manifest, folder, script)
  return { edits, steps: edits.length > 0 ? plan.steps : [], start }
}

const create = (site: Site, folder: string, name: string): (readonly [string, string])[] =>
  site.find(name) ? [] : [[name, shipped(folder, name)]]

const HOOKS = "export { latchkey as handle } from './latchkey.server'\n"
const SEQUENCE =
  "import { sequence } from '@sveltejs/kit/hooks', and export const handle = sequence(latchkey, yours), where latchkey comes from ./latchkey.server"
const LOCALS = (file: string): string =>
  `Tell TypeScript about the user in ${file}: interface Locals { user: User } in namespace App, with the type User of ${WEB_ENTRY}`
const READS = (config: string): string => `Put this at the top of ${config}: ${READ_ENV}`

/** The root route with the middleware; `null` if it has one of its own. */
function addToRoot(path: string, code: string): string | null {
  if (/latchkey/.test(code)) return code
  const parsed = parseSource(path, code)
  if (!parsed.ok || /\bmiddleware\b/.test(code)) return null
  const file = parsed.value
  const [statement] = file.program.body
  const style = statement && styleOf({ file, statement: file.program.body.at(-1) ?? statement })
  if (!style || style.importsEnd === null) return null
  const edited = new MagicString(code)
  const line = importLine(style, ['authenticate'], './latchkey.server')
  const middleware = `export const middleware = [authenticate]${style.end}`
  edited.appendLeft(style.importsEnd, style.newline + line + style.newline + style.newline + middleware)
  return edited.toString()
}
