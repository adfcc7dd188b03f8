import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { isDjangoProject, planDjango } from './django-project.ts'
import { addMiddleware } from './edit-app.ts'
import { editElysia } from './edit-elysia.ts'
import { editH3 } from './edit-h3.ts'
import { type AppSettings, addSettings, loadingHint, type Runtime, startCommand } from './env-file.ts'
import { editFetchServer, type FetchServer, findFetchServers } from './fetch-server.ts'
import type { Edit } from './file-edit.ts'
import { type FoundApp, findApps } from './find-app.ts'
import { findStore } from './find-store.ts'
import { ELYSIA, FRAMEWORKS, type Framework, H3 } from './frameworks.ts'
import { isNextSite, planNextSite } from './next-site.ts'
import { editNodeServer, findNodeServers, type NodeServer } from './node-server.ts'
import {
  hasPackage,
  installCommand,
  type Manifest,
  nameOf,
  reachedFrom,
  readManifest,
  readSources,
  type Sources,
} from './project.ts'
import { planRecipe } from './recipe-site.ts'
import { findRecipe, RECIPES, recipeHint } from './recipes.ts'
import { importedModules, parseSource, type SourceFile } from './syntax.ts'

/** What `latchkey add` would do. */
export interface Plan {
  readonly edits: readonly Edit[]
  /** What remains to do by hand, in order. */
  readonly steps: readonly string[]
  /** The command that starts the app; `null` if its file was not looked for. */
  readonly start: string | null
}

const PACKAGE = '@latchkey/jwt-middleware'

/**
 * Plans the changes to the app in this folder, or says what could not be found. `apps` are those that the auth service
 * of the folder knows.
 */
export function planChanges(
  folder: string,
  given: string | undefined,
  settings: AppSettings,
  apps: readonly string[] = [],
): Result<Plan, string> {
  // One with a package.json as well is its front end, or another app beside it.
  const isOfPython = given === undefined ? !existsSync(join(folder, 'package.json')) : /\.py$/.test(given)
  if (isOfPython && isDjangoProject(folder)) return planDjango(folder, given, settings)
  const manifest = readManifest(folder)
  if (!manifest.ok) return manifest
  if (given === undefined && isNextSite(manifest.value)) {
    const site = planNextSite(manifest.value, folder)
    if (!site.ok) return site
    const { edits, steps, packages, start } = site.value
    const env = planSettings(folder, settings)
    const before = stepsBefore(manifest.value, folder, packages, env.after, settings, apps)
    return success({ edits: [...edits, ...env.edits], steps: [...before, ...steps], start })
  }
  const sources = readSources(manifest.value, folder, given)
  if (!sources.ok) return sources
  const isThere = sources.value.files.some(importsMiddleware)
  const code = isThere ? success(null) : editCode(sources.value, folder, manifest.value)
  if (!code.ok) return code
  const broken = code.value?.edits.find(
    ({ path, after }) => IS_SCRIPT.test(path) && !parseSource(path, after).ok,
  )
  if (broken) {
    return failure(
      `The change would leave ${broken.name} as code that can't be parsed, so nothing was changed. Add the middleware by hand, as the quick start shows`,
    )
  }

  const env = planSettings(folder, settings)
  const packages = code.value?.needsDrizzle ? ['drizzle-orm'] : []
  return success({
    edits: [...(code.value?.edits ?? []), ...env.edits],
    steps: [
      ...stepsBefore(manifest.value, folder, packages, env.after, settings, apps),
      ...(code.value?.steps ?? []),
    ],
    start: code.value?.start ?? null,
  })
}

const IS_SCRIPT = /\.[cm]?[jt]sx?$/

/** The settings in `.env`. */
function planSettings(folder: string, settings: AppSettings): { edits: readonly Edit[]; after: string } {
  const path = join(folder, '.env')
  const before = existsSync(path) ? readFileSync(path, 'utf8') : null
  const after = addSettings(before ?? '', settings)
  return { edits: after === (before ?? '') ? [] : [{ path, name: '.env', before, after }], after }
}

/** Whether a file has `auth()`, or all of the package: guards and stores alone may have come before it. */
const importsMiddleware = (file: SourceFile): boolean => {
  const names = [...file.bindings.values()].filter(({ source }) => ENTRIES.includes(source))
  if (names.length > 0)
    return names.some(({ imported }) => ['auth', 'createAuth', '*', 'default'].includes(imported))
  // By other means, such as `await import(…)`.
  return importedModules(file).some((name) => ENTRIES.includes(name))
}

const ENTRIES = [PACKAGE, ...FRAMEWORKS.map(({ entry }) => entry), `${PACKAGE}/node`, `${PACKAGE}/web`]

interface CodeChange {
  readonly edits: readonly Edit[]
  /** What remains to do by hand afterwards. */
  readonly steps: readonly string[]
  readonly needsDrizzle: boolean
  /** The command that starts the app; `null` if no script does. */
  readonly start: string | null
}

function editCode(
  { files, named, problems }: Sources,
  folder: string,
  manifest: Manifest,
): Result<CodeChange, string> {
  const recipe = findRecipe(manifest)
  // Another framework that brings one of these along makes its apps by itself.
  const ofWeb = [H3, ELYSIA].filter(({ name }) => recipe === null || recipe.name === name)
  const all = findApps(files, [...FRAMEWORKS, ...ofWeb])
  // What a script starts, or imports, comes before a file with a usual name.
  const started = reachedFrom(named, files)
  const reached = all.filter(([app]) => app && started.has(app.file.path))
  const [found = [], ...others] = reached.length > 0 ? reached : all
  const [app, another] = found
  if (!app) {
    const site = recipe && planRecipe(recipe, manifest, folder)
    if (site) return success({ ...site, needsDrizzle: false })
    if (recipe) return failure(recipeHint(recipe, installCommand(manifest, folder, [PACKAGE])))
    const serving = files.find((file) => findNodeServers(file).length > 0)
    if (serving) return editServer(findNodeServers(serving), files, folder, manifest)
    const bare = files.find((file) => findFetchServers(file).length > 0)
    if (bare) return editBareServer(findFetchServers(bare), files, folder, manifest)
    const makers = new Intl.ListFormat('en', { type: 'disjunction' }).format(
      FRAMEWORKS.map(({ maker }) => `"${maker}"`),
    )
    const where = files.map(({ path }) => nameOf(path, folder)).slice(0, 10)
    const unread = problems.length > 0 ? 'in what could be read' : 'since no entry file was found'
    const seen = where.length > 0 ? `in ${where.join(', ')}` : unread
    const remedy =
      'Pass the file that makes the app, such as: npx latchkey add src/app.ts. The quick start shows the lines to add by hand'
    return failure([`There is no ${makers} ${seen}. ${remedy}`, ...problems].join('\n'))
  }
  const name = nameOf(app.file.path, folder)
  const own = reachedFrom([app.file.path], files)
  const rival = named.includes(app.file.path)
    ? undefined
    : others.find(([other]) => other && !own.has(other.file.path))?.[0]
  if (rival) {
    return failure(
      `${name} and ${nameOf(rival.file.path, folder)} both make an app. Pass the one that you start: npx latchkey add ${shellWord(name)}`,
    )
  }
  const install = installCommand(manifest, folder, [PACKAGE])
  if (another) {
    const names = found.map((one) => one.name ?? 'the default export').join(' and ')
    return failure(byHand(app, name, `it makes several apps, ${names}, so you choose`, install))
  }
  const edited = editApp(app, files)
  if (!edited.ok) return failure(byHand(app, name, edited.reason, install))
  const { code: after, store } = edited.value
  const { entry, guarded } = app.framework
  const runtime = app.framework === ELYSIA ? 'Bun' : undefined
  return success({
    edits: [{ path: app.file.path, name, before: app.file.code, after }],
    steps: stepsAfter(manifest, folder, name, { entry, guarded, ...(runtime && { runtime }) }),
    needsDrizzle: store !== null,
    start: startCommand(manifest, folder, name, runtime),
  })
}

/** The app's file with the middleware in its place. */
function editApp(app: FoundApp, files: Sources['files']) {
  const store = findStore(app, files)
  if (app.framework === H3) return editH3(app, store)
  return app.framework === ELYSIA ? editElysia(app, store, files) : addMiddleware(app, store)
}

/** A server of node:http, if its file has one, or several with the same listener. */
function editServer(
  servers: readonly NodeServer[],
  files: Sources['files'],
  folder: string,
  manifest: Manifest,
): Result<CodeChange, string> {
  const [server] = servers as readonly [NodeServer, ...NodeServer[]]
  const name = nameOf(server.file.path, folder)
  const isOne = servers.every(({ listener }) => listener === server.listener)
  const edited = isOne ? editNodeServer(server, files) : failure('it makes several servers')
  if (!edited.ok)
    return failure(`${name} serves without a framework, and ${edited.reason}, so ${BY_HAND_ON_NODE}`)
  const { code: after, store } = edited.value
  return success({
    edits: [{ path: server.file.path, name, before: server.file.code, after }],
    steps: stepsAfter(manifest, folder, name, {
      entry: `${PACKAGE}/node`,
      guarded: 'const notes = web.loginRequired((req, res, user) => …), and: return notes(req, res)',
    }),
    needsDrizzle: store !== null,
    start: startCommand(manifest, folder, name),
  })
}

/** A server of Bun or Deno, if its file has one. */
function editBareServer(
  servers: readonly FetchServer[],
  files: Sources['files'],
  folder: string,
  manifest: Manifest,
): Result<CodeChange, string> {
  const [server, another] = servers as readonly [FetchServer, ...FetchServer[]]
  const name = nameOf(server.file.path, folder)
  const edited = another ? failure('it starts several servers') : editFetchServer(server, files)
  if (!edited.ok)
    return failure(`${name} serves without a framework, and ${edited.reason}, so ${BY_HAND_ON_FETCH}`)
  const { code: after, store, hasRoutes } = edited.value
  return success({
    edits: [{ path: server.file.path, name, before: server.file.code, after }],
    steps: [
      ...(hasRoutes ? [ROUTES] : []),
      ...stepsAfter(manifest, folder, name, {
        entry: `${PACKAGE}/web`,
        guarded: 'const notes = web.loginRequired((request, user) => …), and: return notes(request)',
        runtime: server.runtime,
      }),
    ],
    needsDrizzle: store !== null,
    start: startCommand(manifest, folder, name, server.runtime),
  })
}

const ROUTES =
  'The routes of the server are answered before anyone asks for the user. Put web.handle(…) or web.loginRequired(…) around those that need one'

function byHand({ framework }: FoundApp, file: string, reason: string, install: string): string {
  const recipe = RECIPES.find(({ name }) => name === framework.name)
  return recipe
    ? recipeHint(recipe, install, `${reason} (${file})`)
    : `${file} makes an app, but ${reason}. ${linesFor(framework)}`
}

const linesFor = (framework: Framework): string =>
  `Add these lines before the first route yourself:\n\n  import { auth } from '${framework.entry}'\n  app.${framework.mount}(auth())`

const BY_HAND_ON_NODE = `add it by hand: const web = auth() from '${PACKAGE}/node', and const user = await web(req, res) for each request. docs/frameworks/node.md shows a whole app`
const BY_HAND_ON_FETCH = `add it by hand: const web = auth() from '${PACKAGE}/web', and web.handle((request, user) => …) for each request. docs/frameworks/fetch.md shows a whole app`

/** What to install, and what to set. */
function stepsBefore(
  manifest: Manifest,
  folder: string,
  packages: readonly string[],
  env: string,
  settings: AppSettings,
  apps: readonly string[],
): string[] {
  const missing = [PACKAGE, ...packages].filter((name) => !hasPackage(manifest, name))
  const present = parseEnv(env)
  const unset = ['LOGIN_URL', 'OWN_URL'].filter((name) => !present[name])
  const own = present.OWN_URL || 'http://app1.team.localhost:3000'
  const whereFrom =
    apps.length > 1
      ? `The auth service knows these apps: ${apps.join(', ')}`
      : `This starts an auth service and prints both; then run this command again to write them: npx latchkey dev --app ${shellWord(own)}`
  const kept = (['LOGIN_URL', 'OWN_URL'] as const).filter(
    (name) => settings[name] !== undefined && present[name] && present[name] !== settings[name],
  )
  return [
    ...(missing.length > 0 ? [`Install what is missing: ${installCommand(manifest, folder, missing)}`] : []),
    ...(unset.length > 0 ? [`Set ${unset.join(' and ')} in .env. ${whereFrom}`] : []),
    ...kept.map(
      (name) =>
        `.env keeps ${name}=${present[name]}. If the app is to use this one, change it to: ${settings[name]}`,
    ),
  ]
}

function stepsAfter(
  manifest: Manifest,
  folder: string,
  file: string,
  { entry, guarded, runtime }: Pick<Framework, 'entry' | 'guarded'> & { readonly runtime?: Runtime },
): string[] {
  const hint = loadingHint(manifest, folder, file, runtime)
  return [...(hint === null ? [] : [hint]), `Guard a page with loginRequired from '${entry}': ${guarded}`]
}

/** The changes as a unified diff. */
export const showDiff = (edits: readonly Edit[]): string =>
  edits
    .map(({ name, before, after }) =>
      createTwoFilesPatch(
        before === null ? '/dev/null' : `a/${name}`,
        `b/${name}`,
        before ?? '',
        after,
        undefined,
        undefined,
        {
          context: 3,
          headerOptions: FILE_HEADERS_ONLY,
        },
      ),
    )
    .join('\n')
