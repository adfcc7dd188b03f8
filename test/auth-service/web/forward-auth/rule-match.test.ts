import { expect, it } from 'vitest'
import { matchRule } from '../../../../auth-service/src/web/forward-auth/rule-match.ts'
import type { SiteRule } from '../../../../auth-service/src/web/forward-auth/site-rules.ts'

const RULES: readonly SiteRule[] = (
  [
    ['/public/*', 'public'],
    ['/', 'public'],
    ['/admin/*', 'staff'],
    ['/report', { groups: ['editors'] }],
  ] as const
).map(([path, allow], at) => ({ path, allow, app: null, number: at + 1 }))

it.each([
  ['/', 'public', 2],
  ['/public', 'public', 1],
  ['/public/', 'public', 1],
  ['/public/a/b', 'public', 1],
  ['/publicity', 'signed-in', undefined],
  ['/other', 'signed-in', undefined],
  ['/admin', 'staff', 3],
  ['/admin/', 'staff', 3],
  ['/admin/x', 'staff', 3],
  ['/report', { groups: ['editors'] }, 4],
  ['/report/', { groups: ['editors'] }, 4],
  ['/report/x', 'signed-in', undefined],
])('%s', (path, allow, number) => {
  const matched = matchRule(RULES, path)
  expect([matched?.allow, matched?.rule?.number]).toEqual([allow, number])
})

it.each(['/Admin', '/ADMIN/x', '/REPORT', '/Public/a'])(
  '%s is for no one: another rule may count for a site that ignores case',
  (path) => {
    expect(matchRule(RULES, path)).toBeNull()
  },
)

it('without rules, users must be signed in', () => {
  expect(matchRule([], '/')).toEqual({ allow: 'signed-in', rule: null })
})
