import { expect, it } from 'vitest'
import { readRule } from '../../../auth-service/src/apps/app-rule-input.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'
import { asJson, WRONG_TYPES } from '../support/services.ts'

const ruleFrom = (input: Parameters<typeof readRule>[0]) => {
  const read = readRule(input)
  return read.ok ? read.value : asJson(read.errors)
}

it('a rule is a path and who may open it', () => {
  for (const allow of ['public', 'signed-in', 'staff'] as const) {
    expect(ruleFrom({ path: '/admin/*', allow })).toEqual({ path: '/admin/*', allow })
  }
  expect(ruleFrom({ path: '/x', groups: ['editors', ' editors ', 'writers'] })).toEqual({
    path: '/x',
    allow: { groups: ['editors', 'writers'] },
  })
  expect(
    ruleFrom({ path: '/x', allow: 'permissions', permissions: 'wiki.edit, wiki.read,', groups: '' }),
  ).toEqual({
    path: '/x',
    allow: { permissions: ['wiki.edit', 'wiki.read'] },
  })
})

it('one path has one spelling', () => {
  for (const path of ['/admin', '/admin/', ' /admin ']) {
    expect(ruleFrom({ path, allow: 'staff' })).toEqual({ path: '/admin', allow: 'staff' })
  }
  expect(ruleFrom({ path: '/', allow: 'staff' })).toEqual({ path: '/', allow: 'staff' })
  expect(ruleFrom({ path: '/%61dmin', allow: 'staff' })).toEqual({
    path: expect.stringContaining('without codes such as %61'),
  })
  for (const path of [
    'admin',
    'https://wiki.example.com/admin',
    '/a//b',
    '/a/../b',
    '/a?b',
    '',
    '/ä',
    '/a*',
  ]) {
    expect(ruleFrom({ path, allow: 'staff' }), path).toEqual({
      path: expect.stringContaining('Begin with a slash'),
    })
  }
  expect(ruleFrom({ path: `/${'a'.repeat(300)}`, allow: 'staff' })).toEqual({
    path: 'Use at most 300 characters.',
  })
})

it('names that nothing asks for are a mistake, and so is nothing', () => {
  const choose = 'Choose who may open this path.'
  expect(ruleFrom({ path: '/x' })).toEqual({ allow: choose })
  expect(ruleFrom({ path: '/x', allow: 'everyone' })).toEqual({ allow: choose })
  expect(ruleFrom({ path: '/x', allow: 'public', groups: 'editors' })).toEqual({
    groups: 'Choose “Members of groups” above, or leave this empty.',
  })
  expect(ruleFrom({ path: '/x', groups: 'editors', permissions: 'wiki.edit' })).toEqual({
    permissions: 'Choose “People with permissions” above, or leave this empty.',
  })
  expect(ruleFrom({ path: '/x', allow: 'groups', groups: ' , ' })).toEqual({
    groups: 'Enter names, separated by commas.',
  })
  expect(ruleFrom({ path: '/x', groups: Array.from({ length: 21 }, (_, at) => `g${at}`) })).toEqual({
    groups: 'Enter at most 20 names.',
  })
})

it('no value of another type, and no naughty string, makes a rule that was not asked for', () => {
  for (const value of [...WRONG_TYPES, ...naughtyStrings]) {
    for (const field of ['path', 'allow', 'groups', 'permissions']) {
      const read = readRule({ path: '/x', allow: 'staff', [field]: value })
      if (read.ok) expect(['/x', 'staff']).toEqual([read.value.path, read.value.allow])
    }
  }
})
