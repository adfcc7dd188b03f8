import { describe, expect, it } from 'vitest'
import { firstAfter, MEMORY, planFor } from '../../support/added-app.ts'

const PLUGIN = `const latchkey = new Elysia({ name: 'latchkey' })
  .derive({ as: 'global' }, async ({ request }) => ({ user: (await web(request)).user }))
  .macro({
    loginRequired: {
      beforeHandle: async ({ request }) => (await web.loginRequired()(await web(request))) ?? undefined,
    },
  })
`
const AROUND = '// Around all of Elysia, so that its answers to errors carry the cookies of a renewal, too.\n'

const plan = (code: string, more: Readonly<Record<string, string>> = {}) =>
  planFor(
    { 'src/index.ts': code, ...more },
    { scripts: { dev: 'bun --watch src/index.ts' }, dependencies: { elysia: '1' } },
  )
const edited = (code: string) => firstAfter(plan(code))

describe('An app on Elysia knows the user, and gets a server around it', () => {
  it('as "bun create elysia" makes it', () => {
    expect(
      edited(`import { Elysia } from "elysia";

const app = new Elysia().get("/", () => "Hello Elysia").listen(3000);

console.log(
  \`🦊 Elysia is running at \${app.server?.hostname}:\${app.server?.port}\`
);
`),
    ).toBe(`import { Elysia } from "elysia";
import { auth } from "@latchkey/jwt-middleware/web";

${MEMORY}
const web = auth();

${PLUGIN.replaceAll("'", '"').trimEnd()};

const app = new Elysia().use(latchkey).get("/", () => "Hello Elysia");

${AROUND}const server = Bun.serve({
  idleTimeout: 30,
  port: 3000,
  fetch: web.handle((request) => app.handle(request)),
});

console.log(
  \`🦊 Elysia is running at \${server?.hostname}:\${server?.port}\`
);
`)
  })

  it('without a name, in several lines, with a database', () => {
    expect(
      edited(`import { Database } from 'bun:sqlite'
import { Elysia } from 'elysia'

const db = new Database('app.sqlite')

new Elysia()
  .get('/', () => 'Hello')
  .listen({ hostname: '127.0.0.1', port: process.env.PORT ?? 3000 }, () => console.log('listening'))
`),
    ).toBe(`import { Database } from 'bun:sqlite'
import { Elysia } from 'elysia'
import { auth } from '@latchkey/jwt-middleware/web'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'

const db = new Database('app.sqlite')

const web = auth({ users: sqliteUsers(db) })

${PLUGIN}
const app = new Elysia()
  .use(latchkey)
  .get('/', () => 'Hello')

${AROUND}const server = Bun.serve({
  idleTimeout: 30,
  hostname: '127.0.0.1',
  port: process.env.PORT ?? 3000,
  fetch: web.handle((request) => app.handle(request)),
})
console.log('listening')
`)
  })

  it('where its server starts by a statement of its own', () => {
    const code = edited(`import { Elysia } from 'elysia'

const app = new Elysia()
app.get('/', () => 'Hello')
app.listen(3000, () => {
  console.log('listening')
})
`)
    expect(code).toContain('const app = new Elysia().use(latchkey)\napp.get(')
    expect(code).toMatch(/fetch: web\.handle\(\(request\) => app\.handle\(request\)\),\n\}\)\nconsole\.log\(/)
    expect(code).not.toContain('.listen(')
  })

  it.each([
    [
      "app.get('/', () => 'x')\napp.listen(3000, () => console.log(app.server?.port))",
      'console.log(server?.port)',
    ],
    ['app.listen(3000, () => {\n  console.log(app.server!.port)\n})', 'console.log(server!.port)'],
  ])('where the server is named in the callback: %s', (serving, statement) => {
    const code = edited(`import { Elysia } from 'elysia'\n\nconst app = new Elysia()\n${serving}\n`)
    expect(code).toMatch(/fetch: web\.handle\(\(request\) => app\.handle\(request\)\),\n\}\)\n/)
    expect(code.trimEnd().endsWith(statement)).toBe(true)
    expect(code).not.toContain('app.server')
  })

  it('where the server is named in the callback at the end of the chain', () => {
    const code = edited(
      "import { Elysia } from 'elysia'\nconst app = new Elysia().get('/', () => 'x').listen(3000, () => { console.log(app.server!.port) })\n",
    )
    expect(code).toContain(".get('/', () => 'x')\n")
    expect(code.trimEnd().endsWith('console.log(server!.port)')).toBe(true)
    expect(code).not.toContain('app.server')
  })

  it('and the steps name Bun', () => {
    const planned = plan("import { Elysia } from 'elysia'\nnew Elysia().listen(3000)\n")
    expect(planned).toMatchObject({ ok: true, value: { start: 'npm run dev' } })
    const steps = planned.ok ? planned.value.steps.join('\n') : ''
    expect(steps).toContain("app.get('/notes', ({ user }) => …, { loginRequired: true })")
    expect(steps, 'Bun reads it').not.toContain('.env is not read')
  })

  it('and the second time there is nothing to do', () => {
    const once = edited("import { Elysia } from 'elysia'\nnew Elysia().listen(3000)\n")
    expect(plan(once)).toMatchObject({ ok: true, value: { edits: [] } })
  })
})

describe('What is not edited gets the recipe', () => {
  const FROM = "import { Elysia } from 'elysia'\n"
  it.each([
    ['export default new Elysia().listen(3000)', /exports the app without a name/],
    ['const app = new Elysia()', /does not start the app by one app\.listen\(\)/],
    ['const app = new Elysia()\nother.listen(1)', /does not start the app by one app\.listen\(\)/],
    ['const app = new Elysia().listen(1)\napp.listen(2)', /does not start the app by one app\.listen\(\)/],
    ['new Elysia({ adapter: node() }).listen(3000)', /an adapter of its own/],
    ['new Elysia().ws("/live", {}).listen(3000)', /uses the server of Elysia/],
    ['new Elysia().get("/", ({ server }) => server?.port).listen(3000)', /uses the server of Elysia/],
    ['new Elysia().use(import("./more")).listen(3000)', /loads some of the app later/],
    ['new Elysia().listen({ port: 1, websocket: {} })', /more to app\.listen\(\) than a port/],
    ['new Elysia().listen(3000, ({ port }) => console.log(port))', /a callback to app\.listen\(\)/],
    ['function start() {\n  const app = new Elysia()\n  app.listen(1)\n}', /inside a function/],
  ])('%s', (code, reason) => {
    const planned = plan(FROM + code)
    expect(planned.ok ? '' : planned.reason).toMatch(reason)
    expect(planned.ok ? '' : planned.reason).toMatch(
      /Elysia.*\(src\/index\.ts\)[\s\S]*docs\/frameworks\/elysia\.md/,
    )
  })

  it('also for what a plugin of the app needs', () => {
    const planned = plan(
      "import { Elysia } from 'elysia'\nimport { live } from './live.ts'\nnew Elysia().use(live).listen(3000)\n",
      { 'src/live.ts': `${FROM}export const live = new Elysia().ws('/live', {})\n` },
    )
    expect(planned.ok ? '' : planned.reason).toContain('uses the server of Elysia')
  })
})
