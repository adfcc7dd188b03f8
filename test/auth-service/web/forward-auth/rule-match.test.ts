import { expect, it } from 'vitest'
import type { ForwardAuthRule } from '../../../../auth-service/src/platform/config/forward-auth-rules.ts'
import { matchRule } from '../../../../auth-service/src/web/forward-auth/rule-match.ts'

const rule = (host: string, path: string, allow: ForwardAuthRule['allow']) => ({ host, path, allow })
const RULES = [
  rule('wiki.example.com', '/public/*', 'public'),
  rule('wiki.example.com', '/', 'public'),
  rule('*', '/admin/*', 'staff'),
  rule('wiki.example.com', '/report', { groups: ['editors'] }),
  rule('*.docs.example.com', '/*', 'public'),
]

it.each([
  ['wiki.example.com', '/', 'public', 2],
  ['wiki.example.com', '/public', 'public', 1],
  ['wiki.example.com', '/public/', 'public', 1],
  ['wiki.example.com', '/public/a/b', 'public', 1],
  ['wiki.example.com', '/publicity', 'signed-in', 0],
  ['wiki.example.com', '/other', 'signed-in', 0],
  ['other.example.com', '/public/a', 'signed-in', 0],
  ['other.example.com', '/admin', 'staff', 3],
  ['wiki.example.com', '/admin/x', 'staff', 3],
  ['wiki.example.com', '/report', { groups: ['editors'] }, 4],
  ['wiki.example.com', '/report/', { groups: ['editors'] }, 4],
  ['wiki.example.com', '/report/x', 'signed-in', 0],
  ['a.docs.example.com', '/x', 'public', 5],
  ['docs.example.com', '/x', 'signed-in', 0],
  ['evil-docs.example.com', '/x', 'signed-in', 0],
])('%s%s', (host, path, allow, number) => {
  expect(matchRule(RULES, host, path)).toEqual({ allow, number })
})

it.each(['/Admin', '/ADMIN/x', '/REPORT', '/Public/a'])(
  '%s is for no one: another rule may count for a site that ignores case',
  (path) => {
    expect(matchRule(RULES, 'wiki.example.com', path)).toBeNull()
  },
)

it('without rules, users must be signed in', () => {
  expect(matchRule([], 'wiki.example.com', '/')).toEqual({ allow: 'signed-in', number: 0 })
})
