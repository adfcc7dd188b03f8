import { casesOf } from './adapter-case.ts'
import { expectHeader, expectPrivate, expectStatus } from './case-expectations.ts'

export const cacheCases = casesOf('caches', {
  async 'Responses are private by default, for everyone'({ page, testAuth }) {
    const { cookie } = testAuth.signedIn()
    for (const cookies of [[], cookie, cookie])
      expectPrivate(expectStatus(await page('/open', { cookies }), 200))
  },
  async 'A handler’s own caching headers stay, and vary by the cookie'({ page, testAuth }) {
    const { cookie } = testAuth.signedIn()
    for (const cookies of [[], cookie, cookie]) {
      const answer = expectStatus(await page('/public', { cookies }), 200)
      expectHeader(answer, 'cache-control', /^public, max-age=60$/)
      for (const name of [/\baccept\b(?!-)/i, /\bcookie\b/i]) expectHeader(answer, 'vary', name)
    }
  },
  async 'Responses behind a guard stay out of shared caches'({ page, testAuth }) {
    const { cookie } = testAuth.signedIn()
    for (const cookies of [cookie, cookie]) {
      const answer = expectStatus(await page('/guarded/public', { cookies }), 200)
      expectHeader(answer, 'cache-control', /^private, max-age=60$/)
      for (const name of [/\baccept\b(?!-)/i, /\bcookie\b/i]) expectHeader(answer, 'vary', name)
    }
  },
})
