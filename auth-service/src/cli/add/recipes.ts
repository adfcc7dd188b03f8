import { hasPackage, type Manifest } from './project.ts'

/** A framework that builds the app by itself: its middleware is files of the app, which a page has to copy. */
export interface Recipe {
  readonly name: string
  /** Its package. */
  readonly dependency: string
  /** The files, as the page names them. */
  readonly files: readonly string[]
  readonly page: string
}

/** Frameworks before those that they bring along. */
export const RECIPES: readonly Recipe[] = [
  {
    name: 'SvelteKit',
    dependency: '@sveltejs/kit',
    files: ['src/latchkey.server.ts', 'src/hooks.server.ts'],
    page: 'docs/frameworks/sveltekit.md',
  },
  {
    name: 'Astro',
    dependency: 'astro',
    files: ['src/latchkey.ts', 'src/middleware.ts'],
    page: 'docs/frameworks/astro.md',
  },
  {
    name: 'React Router',
    dependency: '@react-router/dev',
    files: ['app/latchkey.server.ts', 'app/root.tsx'],
    page: 'docs/frameworks/react-router.md',
  },
  {
    name: 'Nitro',
    dependency: 'nitro',
    files: ['server/latchkey.ts', 'server/middleware/latchkey.ts'],
    page: 'docs/frameworks/nitro.md',
  },
  { name: 'H3', dependency: 'h3', files: ['app.ts'], page: 'docs/frameworks/nitro.md' },
  { name: 'Elysia', dependency: 'elysia', files: ['app.ts'], page: 'docs/frameworks/elysia.md' },
]

/** The recipe for an app with these packages; `null` if there is none. */
export const findRecipe = (manifest: Manifest): Recipe | null =>
  RECIPES.find(({ dependency }) => hasPackage(manifest, dependency)) ?? null

/** What to do by hand. */
export const recipeHint = ({ name, dependency, files, page }: Recipe, install: string): string =>
  [
    `package.json has ${dependency}: this is an app on ${name}, which "latchkey add" does not edit.`,
    `  1. ${install}`,
    `  2. Copy ${files.join(' and ')} from ${page}. They use: import { auth } from '@latchkey/jwt-middleware/web'`,
    '  3. Set LOGIN_URL and OWN_URL in .env. npx latchkey dev prints both',
  ].join('\n')
