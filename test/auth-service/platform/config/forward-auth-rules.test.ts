import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type ConfigError, readConfig } from '../../../../auth-service/src/platform/config/config.ts'
import { readForwardAuthRules } from '../../../../auth-service/src/platform/config/forward-auth-rules.ts'

function fileWith(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-rules-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'rules.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

/** The problems of a file; the first line names it. */
function problemsIn(content: unknown): readonly string[] {
  const read = readForwardAuthRules(fileWith(content))
  return read.ok ? [] : read.reason.split('\n      - ').slice(1)
}

it('without a file there are no rules', () => {
  expect(readForwardAuthRules(undefined)).toEqual({ ok: true, value: { rules: [], permissions: {} } })
})

it('a file has rules in order, and permissions', () => {
  const file = fileWith({
    permissions: { 'wiki.edit': ['editors', 'admins'] },
    rules: [
      { host: 'wiki.example.com', path: '/public/*', allow: 'public' },
      { host: '*.example.com', path: '/admin/*', allow: 'staff' },
      { path: '/edit', permissions: ['wiki.edit'] },
      { groups: ['editors'] },
    ],
  })
  expect(readForwardAuthRules(file)).toEqual({
    ok: true,
    value: {
      permissions: { 'wiki.edit': ['editors', 'admins'] },
      rules: [
        { host: 'wiki.example.com', path: '/public/*', allow: 'public' },
        { host: '*.example.com', path: '/admin/*', allow: 'staff' },
        { host: '*', path: '/edit', allow: { permissions: ['wiki.edit'] } },
        { host: '*', path: '/*', allow: { groups: ['editors'] } },
      ],
    },
  })
})

it('all problems are told at once, each with a remedy', () => {
  expect(
    problemsIn({
      extra: 1,
      permissions: { 'bad name': ['a'], fine: 'a' },
      rules: [
        'text',
        { host: 'https://wiki.example.com', allow: 'public' },
        { path: 'admin', allow: 'staff' },
        { path: '/a%20b', allow: 'staff' },
        { path: '/adm*', allow: 'staff' },
        { path: '/../x', allow: 'staff' },
        { path: '/x', allow: 'everyone' },
        { path: '/x', allow: 'public', groups: ['a'] },
        { path: '/x' },
        { path: '/y', groups: [] },
        { path: '/z', permissions: ['unknown'], methods: ['GET'] },
      ],
    }).map((problem) => problem.split(/[.,]/, 1)[0]),
  ).toEqual([
    'the file has the unknown key "extra"',
    'the permission "bad name" has an invalid name',
    'the groups of "fine" are not a list of names',
    'rule 1 is not an object',
    'rule 2 has the host "https://wiki',
    'rule 3 has the path "admin"',
    'rule 4 has the path "/a%20b"',
    'rule 5 has the path "/adm*"',
    'rule 6 has the path "/',
    'rule 7 allows "everyone"',
    'rule 8 must have one of "allow" (public',
    'rule 9 must have one of "allow" (public',
    'rule 10 has no list of names',
    'rule 11 has the unknown key "methods"',
    'rule 11 needs the permission "unknown"',
  ])
})

it.each([
  [[{ allow: 'public' }, { path: '/admin/*', allow: 'staff' }]],
  [
    [
      { path: '/a/*', allow: 'public' },
      { host: 'wiki.example.com', path: '/a/b', allow: 'staff' },
    ],
  ],
  [
    [
      { host: '*.example.com', path: '/a', allow: 'public' },
      { host: 'wiki.example.com', path: '/a/', allow: 'staff' },
    ],
  ],
])('a rule that another one hides is a problem', (rules) => {
  expect(problemsIn({ rules })).toEqual(['rule 2 never applies: rule 1 matches all of it. Put it further up'])
})

it('what is not a file of rules is a problem', () => {
  expect(problemsIn([])).toEqual([expect.stringMatching('it is not an object')])
  expect(problemsIn({})).toEqual([expect.stringMatching('"rules" is not a list')])
  expect(readForwardAuthRules(fileWith('{'))).toMatchObject({ reason: expect.stringMatching('is not JSON') })
  expect(readForwardAuthRules('/nowhere/rules.json')).toMatchObject({
    reason: expect.stringMatching(`FORWARD_AUTH_RULES is "/nowhere/rules.json", which can't be read`),
  })
})

it('the settings need each other', () => {
  const problemsOf = (env: Record<string, string>): readonly string[] => {
    const base = { AUTH_URL: 'https://auth.example.com', COOKIE_DOMAIN: 'example.com' }
    try {
      readConfig({ ...base, SECRET_KEY: 'only the tests know this secret of theirs', ...env })
      return []
    } catch (error) {
      return (error as ConfigError).problems
    }
  }
  const rules = fileWith({ rules: [] })
  expect(
    problemsOf({ FORWARD_AUTH_PROXY: 'nginx', TRUSTED_PROXIES: '::1', FORWARD_AUTH_RULES: rules }),
  ).toEqual([])
  expect(problemsOf({ FORWARD_AUTH_PROXY: 'nginx' })).toEqual([
    expect.stringMatching('TRUSTED_PROXIES is not set: no proxy would be believed'),
  ])
  expect(problemsOf({ FORWARD_AUTH_RULES: rules })).toEqual([
    expect.stringMatching('FORWARD_AUTH_RULES is set, but FORWARD_AUTH_PROXY is not'),
  ])
  expect(problemsOf({ FORWARD_AUTH_PROXY: 'envoy', TRUSTED_PROXIES: '::1' })).toEqual([
    'FORWARD_AUTH_PROXY is "envoy". Set it to one of: nginx, caddy, traefik, haproxy, apache; or leave it out',
  ])
})
