import { describe, expect, it } from 'vitest'
import { isExempt } from '../../../jwt-middleware/src/http/exempt.ts'

const PATTERNS = ['/', '/healthz', '/static/*', '/about*']

describe('Paths that need no login', () => {
  it.each(['/', '/healthz', '/static/', '/static/a/b.css', '/static/a.b..c.css', '/about', '/about-us'])(
    'include %s',
    (path) => {
      expect(isExempt(path, PATTERNS)).toBe(true)
    },
  )

  it.each([
    '/notes',
    '/healthz/',
    '/Healthz',
    '/static',
    '',
    'http://app1.example.com/static/x',
    // Some layer behind the middleware reads each of these as another path.
    '/static/../secret.html',
    '/static/./x',
    '/static/..',
    '/static//secret.html',
    '/static/%2e%2e/secret.html',
    '/static/%2E%2E/secret.html',
    '/static/..%2fsecret.html',
    '/static/x/..%5csecret.html',
    '/static/%252e%252e/secret.html',
    '/static/..\\secret.html',
  ])('do not include %s', (path) => {
    expect(isExempt(path, PATTERNS)).toBe(false)
  })
})
