import { expect, it } from 'vitest'
import { matchRule } from '../../../../auth-service/src/web/forward-auth/rule-match.ts'
import type { SiteRule } from '../../../../auth-service/src/web/forward-auth/site-rules.ts'

const staff = (path: string): SiteRule => ({ path, allow: 'staff', app: null, number: 1 })

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

it.each([
  ['a Kelvin sign', '/%E2%84%AAiosk'],
  ['a long s', '/%C5%BFtaff'],
  ['a dotless i', '/adm%C4%B1n/x'],
  ['an accent', '/adm%C3%ADn'],
  ['a combining accent', '/admi%CC%81n/x'],
  ['a zero-width space', '/ad%E2%80%8Bmin/x'],
  ['a soft hyphen', '/ad%C2%ADmin'],
  ['a circled letter', '/%E2%93%90dmin'],
  ['a letter of mathematics', '/%F0%9D%90%9Admin'],
  ['a ligature', '/pro%EF%AC%81le'],
  ['a sharp s', '/stra%C3%9Fe'],
])('%s is refused where a site could read the path of another rule: %s', (_, path) => {
  const rules = [...RULES, ...['/kiosk', '/staff', '/profile', '/strasse'].map(staff)]
  expect(matchRule(rules, path)).toBeNull()
  // Where no other rule is meant, it is a letter like others.
  expect(matchRule([staff('/elsewhere')], path)).toEqual({ allow: 'signed-in', rule: null })
  expect(matchRule([staff('/*')], path)?.allow).toBe('staff')
})

it('without rules, users must be signed in', () => {
  expect(matchRule([], '/')).toEqual({ allow: 'signed-in', rule: null })
})
