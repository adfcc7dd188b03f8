import { expect, it } from 'vitest'
import type { App } from '../../../../auth-service/src/apps/apps.ts'
import type { ForwardAuthRules } from '../../../../auth-service/src/platform/config/forward-auth-rules.ts'
import { createSiteRules } from '../../../../auth-service/src/web/forward-auth/site-rules.ts'

const WIKI: App = {
  id: 1,
  clientId: null,
  name: 'Wiki',
  origins: ['https://wiki.example.com', 'https://wiki.partner.example:8443'],
  startUrl: 'https://wiki.example.com/',
  tokenScopes: [],
  icon: 'W',
  rules: [
    { path: '/admin/*', allow: 'staff' },
    { path: '/edit', allow: { permissions: ['wiki.edit', 'wiki.read', 'wiki.gone'] } },
  ],
}
const BOARD: App = { ...WIKI, id: 2, name: 'Board', origins: ['https://board.example.com'], rules: [] }

const FILE: ForwardAuthRules = {
  permissions: { 'wiki.read': ['readers'], 'wiki.edit': ['file editors'] },
  rules: [
    { host: '*.example.com', path: '/public/*', allow: 'public' },
    { host: 'other.example.com', path: '/x', allow: { permissions: ['wiki.edit'] } },
  ],
}

function siteRules(list: readonly App[] = [WIKI, BOARD], forwardAuthRules = FILE) {
  const apps = {
    list: () => list,
    grantsOf: (id: number) => new Map(id === 1 ? [['wiki.edit', ['editors']]] : []),
  }
  return createSiteRules({ config: { forwardAuthRules }, apps } as never)
}
const inShort = (rules: ReturnType<ReturnType<typeof siteRules>>) =>
  rules?.map(({ app, number, path }) => [app, number, path])

it('the file applies first, then the rules of the app at this origin', () => {
  const rules = siteRules()
  expect(inShort(rules('https://wiki.example.com', 'wiki.example.com'))).toEqual([
    [null, 1, '/public/*'],
    ['Wiki', 1, '/admin/*'],
    ['Wiki', 2, '/edit'],
  ])
  expect(inShort(rules('https://wiki.partner.example:8443', 'wiki.partner.example'))).toEqual([
    ['Wiki', 1, '/admin/*'],
    ['Wiki', 2, '/edit'],
  ])
  expect(inShort(rules('https://board.example.com', 'board.example.com'))).toEqual([[null, 1, '/public/*']])
  expect(inShort(rules('https://nothing.example.org', 'nothing.example.org'))).toEqual([])
})

it('an origin that two apps have is refused: the rules of one would hide those of the other', () => {
  const twin = { ...BOARD, name: 'Zwiki', origins: ['https://wiki.example.com'] }
  for (const list of [
    [WIKI, twin],
    [twin, WIKI],
  ]) {
    expect(siteRules(list)('https://wiki.example.com', 'wiki.example.com')).toBeNull()
    expect(siteRules(list)('https://wiki.partner.example:8443', 'wiki.partner.example')).toHaveLength(2)
  }
})

it('the host of an app with rules is refused at other ports and schemes, unless an app is registered there', () => {
  expect(siteRules()('https://wiki.example.com:8443', 'wiki.example.com')).toBeNull()
  expect(siteRules()('http://wiki.example.com', 'wiki.example.com')).toBeNull()
  const beside = { ...BOARD, origins: ['https://wiki.example.com:8443'] }
  expect(inShort(siteRules([WIKI, beside])('https://wiki.example.com:8443', 'wiki.example.com'))).toEqual([
    [null, 1, '/public/*'],
  ])
  // Without rules, nothing would be lost.
  expect(inShort(siteRules()('https://board.example.com:1', 'board.example.com'))).toEqual([
    [null, 1, '/public/*'],
  ])
})

it('permissions are those that the app published, then those of the file, and no group has others', () => {
  const [, , edit] = siteRules()('https://wiki.example.com', 'wiki.example.com') ?? []
  expect(edit?.allow).toMatchObject({ having: [['editors'], ['readers'], []] })
  const [, other] = siteRules()('https://other.example.com', 'other.example.com') ?? []
  expect(other?.allow).toMatchObject({ having: [['file editors']] })
  const strange = { ...WIKI, rules: [{ path: '/x', allow: { permissions: ['toString'] } }] }
  const [rule] = siteRules([strange])('https://wiki.partner.example:8443', 'wiki.partner.example') ?? []
  expect(rule?.allow).toMatchObject({ having: [[]] })
})

it('a new list of apps counts at once', () => {
  let list: readonly App[] = [WIKI]
  const apps = { list: () => list, grantsOf: () => new Map() }
  const rules = createSiteRules({
    config: { forwardAuthRules: { rules: [], permissions: {} } },
    apps,
  } as never)
  expect(rules('https://wiki.example.com', 'wiki.example.com')).toHaveLength(2)
  list = [{ ...WIKI, rules: [] }]
  expect(rules('https://wiki.example.com', 'wiki.example.com')).toEqual([])
})
