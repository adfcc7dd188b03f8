import { describe, expect, it } from 'vitest'
import { BOTH, frameworkSuite, PERMISSIONS, renewedOf } from './support/framework-suite.ts'

const world = frameworkSuite({
  name: 'SvelteKit',
  folder: 'sveltekit',
  page: 'docs/frameworks/sveltekit.md',
  edit: (code) =>
    code
      .replace(': auth()', `: auth({ permissions: ${PERMISSIONS} })`)
      .replace(
        'import { auth }',
        "import { definePermissions } from '@latchkey/jwt-middleware'\nimport { auth }",
      ),
  build: ['vite', 'build'],
  start: ['node', 'server.js'],
  standalone: ['node', 'build'],
  env: { PROTOCOL_HEADER: 'x-forwarded-proto' },
  publish: ['POST', '/reports?/publish'],
  cards: '/api/cards',
  form: '/notes?/add',
  errors: { '/broken': 500, '/unknown': 404 },
  files: ['/robots.txt', '/about', '/about/__data.json'],
  data: '/notes/__data.json?x-sveltekit-invalidated=11',
  hasScripts: true,
  except: {
    'A form of the app’s own pages is accepted': 'forms need an Origin',
    'Without a session there is nothing to protect: forms of other origins reach open routes': 'none do',
    'A program with a Bearer token needs no origin, since no browser adds one by itself':
      'unless it sends JSON',
  },
})

describe('The recipe for SvelteKit', () => {
  it.each([
    ['redirect', 303],
    ['error', 418],
    ['bug', 500],
  ])('keeps the cookies where a later hook throws: %s', async (hook, status) => {
    const { ask, newUser } = world()
    const { expired } = await newUser()
    const headers = { 'x-hook': hook }
    const answer = await ask('/notes', expired, { headers })
    expect([answer.status, renewedOf(answer)]).toEqual([status, BOTH])
    const data = await ask('/notes/__data.json', (await newUser()).expired, { headers })
    expect([data.status, renewedOf(data)]).toEqual([hook === 'redirect' ? 200 : status, BOTH])
  })
})
