import { expect, it } from 'vitest'
import { isAmbiguous } from '../../../../auth-service/src/web/forward-auth/ambiguous-path.ts'

it.each([
  '/',
  '/admin',
  '/admin/',
  '/a/b.html',
  '/.well-known/thing',
  '/~ada/x_y-z',
  '/a%20b/c',
  '/%C3%A4pfel',
  "/a(b)!*'@:&=+$,",
  '/a/...x',
  '/search?q=a/../b;c//d%2e%2E%41',
  '/?next=https://wiki.example.com/',
])('%s is read in one way', (target) => {
  expect(isAmbiguous(target)).toBe(false)
})

it.each([
  ['dot segments', '/public/../admin'],
  ['a dot segment', '/./admin'],
  ['a dot segment at the end', '/public/..'],
  ['encoded dots', '/public/%2e%2e/admin'],
  ['one encoded dot', '/public/.%2E/admin'],
  ['an encoded slash', '/public%2fadmin'],
  ['an encoded slash in capitals', '/public/..%2Fadmin'],
  ['a backslash', '/public\\..\\admin'],
  ['an encoded backslash', '/public%5c..%5Cadmin'],
  ['parameters of a segment', '/public/..;/admin'],
  ['a semicolon', '/admin;x=1'],
  ['an encoded semicolon', '/admin%3bx'],
  ['empty segments', '//admin'],
  ['empty segments within', '/public//admin'],
  ['a fragment', '/public#/../admin'],
  ['a fragment in the query', '/public?x#y'],
  ['an encoded fragment', '/admin%23/public'],
  ['an encoded question mark', '/admin%3f/public'],
  ['an encoded percent sign', '/%2561dmin'],
  ['an encoded letter', '/%61dmin'],
  ['an encoded digit', '/v%31'],
  ['an encoded tilde', '/%7eada'],
  ['a zero byte', '/admin%00.png'],
  ['a line break', '/admin%0d%0a'],
  ['an incomplete encoding', '/admin%2'],
  ['an encoding without digits', '/admin%zz'],
  ['an overlong dot', '/public/%c0%ae%c0%ae/admin'],
  ['a wide letter', '/%EF%BD%81dmin'],
  ['a wide slash', '/public%EF%BC%8Fadmin'],
  ['a dot at the end of a name', '/admin./x'],
  ['a space at the end of a name', '/admin%20'],
  ['a letter that is not ASCII', '/ädmin'],
  ['a space', '/admin x'],
  ['a tab in the query', '/?a\tb'],
])('%s: %s', (_, target) => {
  expect(isAmbiguous(target)).toBe(true)
})
