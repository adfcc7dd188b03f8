import { describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { BOTH, frameworkSuite, PERMISSIONS, renewedOf } from './support/framework-suite.ts'

const recipe = {
  page: 'docs/frameworks/nitro.md',
  edit: (code: string) =>
    code
      .replace(/(\?\?=|web =) auth\(\)/, `$1 auth({ permissions: ${PERMISSIONS} })`)
      .replace(
        'import { auth,',
        "import { definePermissions } from '@latchkey/jwt-middleware'\nimport { auth,",
      )
      .replace('port: 3000', "port: Number(process.env.PORT), hostname: '127.0.0.1'"),
  publish: ['POST', '/notes/publish'] as const,
  cards: '/api/cards',
  form: '/notes',
  errors: { '/broken': 500, '/refused': 418, '/unknown/page': 404 },
  hasScripts: false,
}

const world = frameworkSuite({
  ...recipe,
  name: 'Nitro',
  folder: 'nitro',
  build: ['nitro', 'build'],
  start: ['node', '.output/server/index.mjs'],
  files: ['/robots.txt', '/about'],
})

describe('The recipe for Nitro', () => {
  it('leaves errors to Nitro: its answer, and a line in the log', async () => {
    const { ask, newUser, app } = world()
    for (const cookie of ['', (await newUser()).expired]) {
      const answer = await ask('/broken', cookie, { headers: { accept: 'application/json' } })
      expect(JSON.parse(answer.text)).toMatchObject({ error: true, status: 500, unhandled: true })
      expect(renewedOf(answer)).toEqual(cookie ? BOTH : [])
    }
    await eventually(() => expect(app.output()).toContain('broken on purpose'))
  })
})

frameworkSuite({ ...recipe, name: 'H3', folder: 'h3', start: ['node', 'app.ts'], files: [] })
