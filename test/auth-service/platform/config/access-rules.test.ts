import { expect, it } from 'vitest'
import { hidingRule, RULE_PATH } from '../../../../auth-service/src/platform/config/access-rules.ts'

it.each(['/', '/*', '/admin', '/admin/', '/admin/*', '/a/b.html', '/.well-known/*', '/~ada/x_y-z'])(
  '%s is a path of a rule',
  (path) => {
    expect(RULE_PATH.test(path)).toBe(true)
  },
)

it.each([
  '',
  'admin',
  '//',
  '//admin',
  '/admin//x',
  '/../x',
  '/./x',
  '/a/..',
  '/..x',
  '/*/x',
  '/a*',
  '/**',
  '/%61dmin',
  '/a b',
  '/ä',
  '/a?b',
  '/a#b',
  '/a;b',
  '/a\\b',
  '/a\n',
])('%j is not the path of a rule', (path) => {
  expect(RULE_PATH.test(path)).toBe(false)
})

it('a rule hides those below it that match nothing else, in any case of letters', () => {
  const hiding = (path: string, ...earlier: string[]) =>
    hidingRule(
      earlier.map((one) => ({ path: one })),
      { path },
    )
  expect(hiding('/admin', '/other', '/admin/*')).toBe(1)
  expect(hiding('/admin/', '/admin')).toBe(0)
  expect(hiding('/Admin/x', '/admin/*')).toBe(0)
  expect(hiding('/admin/*', '/*')).toBe(0)
  expect(hiding('/admin/*', '/admin/x', '/admin')).toBe(-1)
  expect(hiding('/administration', '/admin/*')).toBe(-1)
})
