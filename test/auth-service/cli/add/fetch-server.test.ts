import { describe, expect, it } from 'vitest'
import { firstAfter, MEMORY, planFor } from '../../support/added-app.ts'

const plan = (code: string, more: object = {}) => planFor({ 'index.ts': code }, more)
const edited = (code: string) => firstAfter(plan(code))

describe('The handler of a server on Bun or Deno asks for the user', () => {
  it('as a method, with the store for the database of Bun', () => {
    expect(
      edited(`import { Database } from 'bun:sqlite'
import { page } from './page.ts'

const db = new Database('app.sqlite')

Bun.serve({
  port: 3000,
  async fetch(request) {
    return page(request)
  },
})
`),
    ).toBe(`import { Database } from 'bun:sqlite'
import { page } from './page.ts'
import { auth } from '@latchkey/jwt-middleware/web'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'

const db = new Database('app.sqlite')

const web = auth({ users: sqliteUsers(db) })

Bun.serve({
  port: 3000,
  fetch: web.handle(async function (request) {
    return page(request)
  }),
})
`)
  })

  it('as a function of the file, in a property of the same name', () => {
    expect(
      edited(`import { page } from './page.ts'

function fetch(request: Request) {
  return page(request)
}

const server = Bun.serve({ port: 3000, fetch })
`),
    ).toBe(`import { page } from './page.ts'
import { auth } from '@latchkey/jwt-middleware/web'

${MEMORY}
const web = auth()

function fetch(request: Request) {
  return page(request)
}

const server = Bun.serve({ port: 3000, fetch: web.handle(fetch) })
`)
  })

  it.each([
    ['Deno.serve((request) => page(request))', 'Deno.serve(web.handle((request) => page(request)))'],
    [
      'Deno.serve({ port: 3000 }, async (request) => page(request))',
      'Deno.serve({ port: 3000 }, web.handle(async (request) => page(request)))',
    ],
    [
      'Deno.serve({ port: 3000, handler: page })\nfunction page() { return new Response() }',
      'Deno.serve({ port: 3000, handler: web.handle(page) })',
    ],
    ['Bun.serve({ fetch: () => new Response() })', 'Bun.serve({ fetch: web.handle(() => new Response()) })'],
  ])('in one line: %s', (before, after) => {
    const code = edited(`${before}\n`)
    expect(code).toContain(`const web = auth();\n${after}\n`)
    expect(code).toMatch(/^import \{ auth \} from '@latchkey\/jwt-middleware\/web';\n/)
  })

  it('and the steps say how to start it, and what its routes need', () => {
    const bun = plan("Bun.serve({ routes: { '/': new Response() }, fetch: () => new Response() })")
    expect(bun).toMatchObject({ ok: true, value: { start: 'bun index.ts' } })
    const steps = bun.ok ? bun.value.steps.join('\n') : ''
    expect(steps).toMatch(/routes of the server are answered before anyone asks.*web\.loginRequired/s)
    expect(steps, 'Bun reads it').not.toContain('.env is not read')
    const deno = plan('Deno.serve(() => new Response())')
    expect(deno.ok && deno.value.steps.join('\n')).toContain(
      '.env is not read yet. Start the app with: deno run --env-file=.env --allow-net --allow-env --allow-read index.ts',
    )
    const named = plan('Deno.serve(() => new Response())', { scripts: { start: 'deno run -A index.ts' } })
    expect(named.ok && named.value.steps.join('\n')).toContain('to: deno run --env-file=.env -A index.ts')
  })

  it('and the second time there is nothing to do', () => {
    const planned = plan(edited('Bun.serve({ fetch: () => new Response() })\n'))
    expect(planned).toMatchObject({ ok: true, value: { edits: [] } })
  })

  it.each([
    [
      'Bun.serve({ fetch: (request, server) => new Response() })',
      /handler takes more than the request, so add it/,
    ],
    [
      "import { page } from './page.ts'\nBun.serve({ fetch: page })",
      /handler is not a function in this file, so/,
    ],
    ['Bun.serve(options)', /handler is not a function in this file, so/],
    ['Bun.serve({ routes: {} })', /handler is not in this call, so/],
    [
      'Bun.serve({ fetch: () => new Response() })\nBun.serve({ port: 1, fetch: () => new Response() })',
      /starts several servers, so/,
    ],
  ])('and what it can not tell, it says: %s', (code, words) => {
    const planned = plan(code)
    expect(planned.ok ? '' : planned.reason).toMatch(words)
    expect(planned.ok ? '' : planned.reason).toMatch(
      /^index\.ts serves without a framework, and .*docs\/frameworks\/fetch\.md/,
    )
  })
})
