import { describe, expect, it } from 'vitest'
import { firstAfter, MEMORY, planFor } from '../../support/added-app.ts'

const plan = (code: string, file = 'app.mjs', dependencies: object = { h3: '2' }) =>
  planFor({ [file]: code }, { scripts: { start: `node ${file}` }, dependencies })
const edited = (code: string, file?: string) => firstAfter(plan(code, file))

describe('An app on H3 gets the middleware', () => {
  it('before its routes, with types for the user and a store', () => {
    expect(
      edited(
        `import Database from 'better-sqlite3'
import { H3, serve } from 'h3'

const db = new Database('app.sqlite')

export const app = new H3()
app.get('/', () => 'hello')
serve(app)
`,
        'app.ts',
      ),
    ).toBe(`import Database from 'better-sqlite3'
import { H3, serve, defineMiddleware, toResponse } from 'h3'
import { auth, type User } from '@latchkey/jwt-middleware/web'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'

declare module 'h3' {
  interface H3EventContext {
    user: User
  }
}

const db = new Database('app.sqlite')

const web = auth({ users: sqliteUsers(db) })

const latchkey = defineMiddleware(async (event, next) => {
  const visit = await web(event.req)
  event.context.user = visit.user
  if (visit.refusal) return visit.refusal
  // H3 would answer an error without the cookies of a renewal, so its answer is made here.
  const { onError } = event.app?.config ?? {}
  return visit.finish(await toResponse((async () => next())(), event, onError && { onError }))
})

export const app = new H3()
app.use(latchkey)
app.get('/', () => 'hello')
serve(app)
`)
  })

  it('in a chain, without types in JavaScript', () => {
    const code = edited(`import { defineMiddleware as define, H3 } from "h3";

export default new H3()
  .use((event, next) => next())
  .get("/", () => "hello");
`)
    expect(code).toContain('import { defineMiddleware as define, H3, toResponse } from "h3";\n')
    expect(code).toContain('import { auth } from "@latchkey/jwt-middleware/web";\n')
    expect(code).not.toContain('declare module')
    expect(code).toContain(`${MEMORY}\nconst web = auth();\n\nconst latchkey = define(async`)
    expect(code).toContain('  .use((event, next) => next())\n  .use(latchkey)\n  .get("/", () => "hello");\n')
  })

  it('in a function, and in CommonJS', () => {
    const code = edited(
      `const { H3, serve } = require('h3')

function makeApp(web) {
  const app = new H3()
  app.get('/', () => 'hello')
  return app
}
serve(makeApp())
`,
      'app.cjs',
    )
    expect(code).toContain("const { H3, serve, defineMiddleware, toResponse } = require('h3')\n")
    expect(code).toContain('\n  const latchkeyWeb = auth()\n\n  const latchkey = defineMiddleware(')
    expect(code).toContain('  const app = new H3()\n  app.use(latchkey)\n  app.get(')
  })

  it('and the second time there is nothing to do', () => {
    const once = edited("import { H3, serve } from 'h3'\nconst app = new H3()\nserve(app)\n")
    expect(plan(once)).toMatchObject({ ok: true, value: { edits: [] } })
  })

  it('and a database that it has later stays out of it', () => {
    const code = edited(`import Database from 'better-sqlite3'
import { H3 } from 'h3'
const app = new H3()
const db = new Database('app.sqlite')
app.get('/', () => 'hello')
`)
    expect(code).toContain('const web = auth()\n')
  })
})

describe('What is not edited', () => {
  it.each([
    ["import * as h3 from 'h3'\nconst app = new h3.H3()\n", /needs new H3\(\) of H3 2/],
    ["import { createApp } from 'h3'\nconst app = createApp()\n", /needs new H3\(\) of H3 2/],
    [
      "import { H3 } from 'h3'\nexport const a = new H3()\nexport const b = new H3()\n",
      /several apps, a and b, so you choose \(app\.mjs\)/,
    ],
  ])('gets the recipe: %s', (code, reason) => {
    const planned = plan(code)
    expect(planned.ok ? '' : planned.reason).toMatch(reason)
    expect(planned.ok ? '' : planned.reason).toContain('Copy app.ts from docs/frameworks/nitro.md')
  })

  it('is an app that another framework makes', () => {
    const planned = plan("import { H3 } from 'h3'\nconst app = new H3()\n", 'app.mjs', { nitro: '3' })
    expect(planned.ok ? '' : planned.reason).toContain('an app on Nitro')
  })
})
