import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { devAndAdd } from '../support/dev-and-add.ts'
import { startLatchkey } from '../support/temp-app.ts'
import { createVisitor } from '../support/visitor.ts'
import { runProgram, serveProgram } from './support/run-program.ts'

/** Sites stand here, where the frameworks' packages are found. */
const ARTEFACTS = resolve(import.meta.dirname, '../../examples/fetch-frameworks/artefacts')

type Command = readonly [program: string, ...args: string[]]

interface Site {
  readonly name: string
  readonly dependency: string
  /** Packages that it looks for in package.json. */
  readonly dependencies?: Readonly<Record<string, string>>
  /** What a new site has. Its start page says hello to the user that the middleware has found. */
  readonly files: Readonly<Record<string, string>>
  readonly written: readonly string[]
  readonly build: Command
  readonly start: Command
  readonly ready: RegExp
}

const SITES: readonly Site[] = [
  {
    name: 'SvelteKit',
    dependency: '@sveltejs/kit',
    files: {
      'tsconfig.json': '{ "extends": "$app/tsconfig", "include": ["src"] }',
      'vite.config.ts': `import { existsSync } from 'node:fs'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'

if (existsSync('.env')) process.loadEnvFile()

export default defineConfig({ plugins: [sveltekit({ adapter: adapter() })] })
`,
      'src/app.html': '<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
      'src/routes/+page.server.ts':
        "export const load = ({ locals }) => ({ who: locals.user.isAuthenticated ? locals.user.email : 'nobody' })\n",
      'src/routes/+page.svelte': '<script>\nlet { data } = $props()\n</script>\n\n<p>Hello {data.who}</p>\n',
    },
    written: ['src/latchkey.server.ts', 'src/hooks.server.ts', 'src/app.d.ts'],
    build: ['vite', 'build'],
    start: ['node', 'build'],
    ready: /listening/i,
  },
  {
    name: 'Astro',
    dependency: 'astro',
    files: {
      'astro.config.mjs': `import node from '@astrojs/node'
import { defineConfig } from 'astro/config'

export default defineConfig({ output: 'server', adapter: node({ mode: 'standalone' }) })
`,
      'src/pages/index.astro':
        "---\nconst { user } = Astro.locals\n---\n\n<p>Hello {user.isAuthenticated ? user.email : 'nobody'}</p>\n",
    },
    written: ['src/latchkey.ts', 'src/middleware.ts', 'src/env.d.ts', 'src/pages/sign-out.ts'],
    build: ['astro', 'build'],
    start: ['node', 'dist/server/entry.mjs'],
    ready: /listening/i,
  },
  {
    name: 'React Router',
    dependency: '@react-router/dev',
    dependencies: { '@react-router/node': '*', '@react-router/serve': '*', isbot: '*', 'react-router': '*' },
    files: {
      'vite.config.ts':
        "import { reactRouter } from '@react-router/dev/vite'\nimport { defineConfig } from 'vite'\n\nexport default defineConfig({ plugins: [reactRouter()] })\n",
      'app/root.tsx': `import { Outlet, Scripts } from 'react-router'

export default function App() {
  return (
    <html lang="en">
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  )
}
`,
      'app/routes.ts':
        "import { index } from '@react-router/dev/routes'\n\nexport default [index('routes/home.tsx')]\n",
      'app/routes/home.tsx': `import { userContext } from '../latchkey.server'

export function loader({ context }) {
  const user = context.get(userContext)
  return { hello: \`Hello \${user?.isAuthenticated ? user.email : 'nobody'}\` }
}

export default function Home({ loaderData }) {
  return <p>{loaderData.hello}</p>
}
`,
    },
    written: ['app/latchkey.server.ts', 'app/root.tsx'],
    build: ['react-router', 'build'],
    start: ['react-router-serve', 'build/server/index.js'],
    ready: /\[react-router-serve\] http/,
  },
  {
    name: 'Nitro',
    dependency: 'nitro',
    files: {
      'nitro.config.ts':
        "import { defineConfig } from 'nitro'\n\nexport default defineConfig({ serverDir: './server' })\n",
      'server/routes/index.ts': `import { defineHandler } from 'nitro/h3'

export default defineHandler(({ context }) => \`Hello \${context.user.isAuthenticated ? context.user.email : 'nobody'}\`)
`,
    },
    written: ['server/latchkey.ts', 'server/middleware/latchkey.ts', 'server/routes/sign-out.post.ts'],
    build: ['nitro', 'build'],
    start: ['node', '.output/server/index.mjs'],
    ready: /listening/i,
  },
]

/** A new site in a folder of its own; removed after the test. */
function siteOf({ dependency, dependencies, files }: Site): string {
  mkdirSync(ARTEFACTS, { recursive: true })
  const folder = mkdtempSync(join(ARTEFACTS, 'added-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { '@latchkey/jwt-middleware': '*', ...dependencies },
    devDependencies: { [dependency]: '*' },
  }
  for (const [name, content] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

it.each(SITES)(
  'two commands lead from a new site on $name to a signed-in user, and to a green doctor',
  { timeout: 300_000 },
  async (site) => {
    const folder = siteOf(site)
    const { own, appPort, loginUrl, user } = await devAndAdd(folder, ...site.written, '.env')
    const env = { ...parseEnv(readFileSync(join(folder, '.env'), 'utf8')), PORT: appPort, HOST: '127.0.0.1' }
    await runProgram(site.build, folder)
    const app = await serveProgram(site.start, folder, env as Record<string, string>, site.ready)
    onTestFinished(() => void app.stop('SIGKILL'))

    const visitor = createVisitor()
    expect((await visitor.visit(own)).html).toContain('Hello nobody')
    const login = await visitor.visit(loginUrl)
    expect((await visitor.submit(login, '/login', user)).html).toContain(`Hello ${user.email}`)

    const again = startLatchkey(folder, ['add', '--yes'])
    expect([await again.ended, again.output()]).toEqual([0, expect.stringContaining('There is nothing to')])
    expect(again.output()).toContain(`ok    ${own}: The app is on ${site.name}.`)
    expect(again.output()).not.toContain('FAIL')
  },
)
