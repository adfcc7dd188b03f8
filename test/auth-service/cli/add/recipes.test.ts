import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planChanges } from '../../../../auth-service/src/cli/add/plan.ts'
import { RECIPES } from '../../../../auth-service/src/cli/add/recipes.ts'
import { blocksOf, readPage } from '../../../docs/pages.ts'
import { fileOf } from '../../../docs/recipe-modules.ts'
import { tempApp } from '../../../support/temp-app.ts'

const NOTHING = { LOGIN_URL: undefined, OWN_URL: undefined }
const ROOT = `import { Outlet } from "react-router";
import type { Route } from "./+types/root";

export default function App() {
  return <Outlet />;
}
`

/** What a new site of each framework has, of what the command looks at. */
const SITES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SvelteKit: { 'src/routes/+page.svelte': '<h1>Start</h1>' },
  Astro: { 'src/pages/index.astro': '<h1>Start</h1>' },
  'React Router': { 'app/root.tsx': ROOT },
  Nitro: {
    'server/routes/index.ts': '',
    'nitro.config.ts':
      "import { defineConfig } from 'nitro'\nexport default defineConfig({ serverDir: './server' })\n",
  },
}
const recipeOf = (name: string) => {
  const recipe = RECIPES.find((one) => one.name === name)
  if (!recipe) throw new Error(`There is no recipe for ${name}`)
  return recipe
}

const siteOf = (name: string, files: Readonly<Record<string, string>> = {}) =>
  tempApp({
    'package.json': JSON.stringify({
      scripts: { dev: 'vite dev' },
      devDependencies: { [recipeOf(name).dependency]: '*' },
    }),
    'package-lock.json': '{}',
    '.env': 'A=1\n',
    ...SITES[name],
    ...files,
  })

function planOf(folder: string) {
  const plan = planChanges(folder, undefined, NOTHING)
  if (!plan.ok) throw new Error(plan.reason)
  return plan.value
}

describe.each(Object.keys(SITES))('A site on %s', (name) => {
  const { page, files } = recipeOf(name)

  it('gets the files of its page, word for word', () => {
    const ofPage = new Map(blocksOf(page).map((block) => [fileOf(block), block.code.replace(/^.*\n/, '')]))
    const { edits, steps, start } = planOf(siteOf(name))
    const created = edits.filter(({ before }) => before === null)
    expect(edits.map((edit) => edit.name)).toEqual(expect.arrayContaining([...files]))
    for (const edit of created) {
      // The page has a hook of the reader's behind ours.
      if (edit.name === 'src/hooks.server.ts') continue
      expect([edit.name, edit.after.trimEnd()]).toEqual([edit.name, ofPage.get(edit.name)?.trimEnd()])
    }
    expect(steps[0]).toBe('Install what is missing: npm install @latchkey/jwt-middleware')
    expect(start).toBe('npm run dev')
  })

  it('is left alone the second time', () => {
    const folder = siteOf(name)
    for (const { path, after } of planOf(folder).edits) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, after)
    }
    expect(planOf(folder).edits).toEqual([])
  })

  it('is not edited if it is not as its framework makes it, and the files are named', () => {
    const kept = Object.fromEntries(Object.keys(SITES[name] ?? {}).map((file) => [`elsewhere/${file}`, '']))
    const manifest = JSON.stringify({ dependencies: { [recipeOf(name).dependency]: '*' } })
    const plan = planChanges(tempApp({ 'package.json': manifest, ...kept }), undefined, NOTHING)
    expect(plan).toMatchObject({
      ok: false,
      reason: expect.stringContaining(`${files.join(' and ')} from ${page}`),
    })
  })
})

describe('A file that is there already stays as it is', () => {
  it.each([
    [
      'SvelteKit',
      { 'src/hooks.server.ts': 'export const handle = yours\n' },
      /src\/hooks\.server\.ts is there already.*sequence\(latchkey, yours\)/,
    ],
    [
      'SvelteKit',
      { 'src/app.d.ts': 'declare global {}\n' },
      /Tell TypeScript about the user in src\/app\.d\.ts/,
    ],
    [
      'Astro',
      { 'src/middleware/index.ts': 'export const onRequest = yours\n' },
      /src\/middleware\/index\.ts is there already/,
    ],
    ['Astro', { 'src/env.d.ts': '' }, /Tell TypeScript about the user in src\/env\.d\.ts/],
    [
      'React Router',
      { 'app/root.tsx': `${ROOT}export const middleware = [yours]\n` },
      /app\/root\.tsx has middleware already/,
    ],
  ])('on %s: %j', (name, files, step) => {
    const folder = siteOf(name, files)
    const { edits, steps } = planOf(folder)
    expect(edits.map((edit) => edit.name)).not.toContain(Object.keys(files)[0])
    expect(steps).toContainEqual(expect.stringMatching(step))
  })

  it('but the root route of React Router, which gets two lines in its own style', () => {
    const root = planOf(siteOf('React Router')).edits.find((edit) => edit.name === 'app/root.tsx')
    expect(root?.after).toBe(
      ROOT.replace(
        'from "./+types/root";\n',
        'from "./+types/root";\nimport { authenticate } from "./latchkey.server";\n\nexport const middleware = [authenticate];\n',
      ),
    )
  })
})

describe('Settings in .env', () => {
  it.each([
    ['SvelteKit', 'vite.config.ts', /^Vite keeps \.env to itself.*vite\.config.*loadEnvFile/],
    ['Astro', 'astro.config.mjs', /^Astro keeps \.env to itself.*astro\.config.*loadEnvFile/],
  ])('are not read by %s by itself, so %s has to', (name, config, step) => {
    expect(planOf(siteOf(name)).steps).toContainEqual(expect.stringMatching(step))
    const reading = siteOf(name, { [config]: "if (existsSync('.env')) process.loadEnvFile()\n" })
    expect(planOf(reading).steps).not.toContainEqual(expect.stringMatching(step))
  })
})

it.each(['H3', 'Elysia'])('"latchkey add" names the files for %s, which its page has', (name) => {
  const { dependency, files, page } = recipeOf(name)
  for (const kind of ['dependencies', 'devDependencies']) {
    const folder = tempApp({
      'package.json': JSON.stringify({ [kind]: { [dependency]: '*' } }),
      'package-lock.json': '{}',
      '.env': 'A=1\n',
    })
    const plan = planChanges(folder, undefined, NOTHING)
    const reason = plan.ok ? 'no reason' : plan.reason
    expect(reason).toMatch(
      new RegExp(`an app on ${name}, which "latchkey add" does not edit, since it needs new .+\\.`),
    )
    expect(reason).toContain('npm install @latchkey/jwt-middleware')
    expect(reason).toContain(`${files.join(' and ')} from ${page}`)
  }
  expect(blocksOf(page).map(fileOf)).toEqual(expect.arrayContaining([...files]))
})

it('A project of Django is told which lines to add, which its page has', () => {
  // It names no settings.
  const plan = planChanges(tempApp({ 'manage.py': '' }), undefined, NOTHING)
  const reason = plan.ok ? 'no reason' : plan.reason
  for (const part of ['latchkey_django.LatchkeyMiddleware', 'LATCHKEY_LOGIN_URL', 'LATCHKEY_OWN_URL']) {
    expect(reason).toContain(part)
    expect(readPage('docs/django.md')).toContain(part)
  }
})

it('An app on Hono beside Nitro is edited', () => {
  const folder = tempApp({
    'package.json': '{"type":"module","main":"app.js","dependencies":{"hono":"4","nitro":"3"}}',
    'app.js': "import { Hono } from 'hono'\nconst app = new Hono()\napp.get('/', (c) => c.text('hi'))\n",
  })
  const plan = planChanges(folder, undefined, NOTHING)
  expect(plan.ok && plan.value.edits[0]?.after).toContain('app.use(auth())')
})
