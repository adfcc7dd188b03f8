import { hasPackage, type Manifest } from './project.ts'

/** A framework that builds the app by itself: its middleware is files of the app, which stand on its page. */
export interface Recipe {
  readonly name: string
  /** Its package. */
  readonly dependency: string
  /** Of the files that ship with this package. */
  readonly folder: string
  /** The files, as the page names them. */
  readonly files: readonly string[]
  readonly page: string
  /** The app that the command can edit. */
  readonly editable: string
}

/** Frameworks before those that they bring along. */
export const RECIPES: readonly Recipe[] = [
  {
    name: 'SvelteKit',
    dependency: '@sveltejs/kit',
    folder: 'sveltekit',
    files: ['src/latchkey.server.ts', 'src/hooks.server.ts'],
    page: 'docs/frameworks/sveltekit.md',
    editable: 'it needs the folder src/routes',
  },
  {
    name: 'Astro',
    dependency: 'astro',
    folder: 'astro',
    files: ['src/latchkey.ts', 'src/middleware.ts'],
    page: 'docs/frameworks/astro.md',
    editable: 'it needs the folder src/pages',
  },
  {
    name: 'React Router',
    dependency: '@react-router/dev',
    folder: 'react-router',
    files: ['app/latchkey.server.ts', 'app/root.tsx'],
    page: 'docs/frameworks/react-router.md',
    editable: 'it needs app/root.tsx',
  },
  {
    name: 'Nitro',
    dependency: 'nitro',
    folder: 'nitro',
    files: ['server/latchkey.ts', 'server/middleware/latchkey.ts'],
    page: 'docs/frameworks/nitro.md',
    editable: "it needs the folder server, and serverDir: './server' in nitro.config.ts",
  },
  {
    name: 'H3',
    dependency: 'h3',
    folder: 'h3',
    files: ['app.ts'],
    page: 'docs/frameworks/nitro.md',
    editable: 'it needs new H3() of H3 2 in a file that a script starts',
  },
  {
    name: 'Elysia',
    dependency: 'elysia',
    folder: 'elysia',
    files: ['app.ts'],
    page: 'docs/frameworks/elysia.md',
    editable: 'it needs new Elysia() and its app.listen() in a file that a script starts',
  },
]

/** The recipe for an app with these packages; `null` if there is none. */
export const findRecipe = (manifest: Manifest): Recipe | null =>
  RECIPES.find(({ dependency }) => hasPackage(manifest, dependency)) ?? null

/** What to do by hand, and why. */
export const recipeHint = (
  { name, files, page, editable }: Recipe,
  install: string,
  reason = editable,
): string =>
  [
    `This is an app on ${name}, which "latchkey add" does not edit, since ${reason}.`,
    `  1. ${install}`,
    `  2. Copy ${files.join(' and ')} from ${page}. They use: import { auth } from '@latchkey/jwt-middleware/web'`,
    '  3. Set LOGIN_URL and OWN_URL in .env. npx latchkey dev prints both',
  ].join('\n')
