import { describe, expect, it } from 'vitest'
import { BOTH, frameworkSuite, renewedOf } from './support/framework-suite.ts'

const world = frameworkSuite({
  name: 'SvelteKit',
  folder: 'sveltekit',
  page: 'docs/frameworks/sveltekit.md',
  build: ['vite', 'build'],
  start: ['node', 'server.js'],
  standalone: ['node', 'build'],
  env: { PROTOCOL_HEADER: 'x-forwarded-proto' },
  form: '/notes?/add',
  errors: { '/broken': 500, '/unknown': 404 },
  files: ['/robots.txt', '/about', '/about/__data.json'],
  data: '/notes/__data.json?x-sveltekit-invalidated=11',
  hasScripts: true,
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
