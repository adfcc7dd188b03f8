import { definePermissions, LatchkeyError, type NamesOf, type Permissions } from '@latchkey/jwt-middleware'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createAccess } from '../../../jwt-middleware/src/users/access.ts'
import type { AuthenticatedUser } from '../../../jwt-middleware/src/users/user.ts'

const user = (groups: string[], isSuperuser = false) =>
  ({ groups, isSuperuser }) as unknown as AuthenticatedUser

const problemsOf = (definitions: unknown): string => {
  try {
    definePermissions(definitions as Record<string, string[]>)
  } catch (error) {
    expect(error).toBeInstanceOf(LatchkeyError)
    expect(error).toMatchObject({ code: 'invalid_options' })
    return (error as Error).message
  }
  return ''
}

describe('definePermissions()', () => {
  it('lists names, groups and descriptions, and knows the names as types', () => {
    const permissions = definePermissions({
      'notes.publish': ['editors'],
      'notes.delete': { groups: ['editors', 'owners'], description: 'Delete notes of others' },
      'notes.export': [],
    })
    expect(permissions.list).toEqual([
      { name: 'notes.publish', groups: ['editors'], description: '' },
      { name: 'notes.delete', groups: ['editors', 'owners'], description: 'Delete notes of others' },
      { name: 'notes.export', groups: [], description: '' },
    ])
    type Names = 'notes.publish' | 'notes.delete' | 'notes.export'
    expectTypeOf(permissions).toEqualTypeOf<Permissions<Names>>()
    expectTypeOf<keyof NamesOf<typeof permissions>>().toEqualTypeOf<Names>()
    expect(Object.isFrozen(permissions.list[0]?.groups)).toBe(true)
  })

  it('does not follow changes of what it was given', () => {
    const groups = ['editors']
    const permissions = definePermissions({ 'notes.publish': groups })
    groups.push('everyone')
    expect(createAccess(permissions).can(user(['everyone']), 'notes.publish')).toBe(false)
  })

  it('keeps a path to try a token at, and refuses one that a shell would read otherwise', () => {
    const path = '/api/cards'
    const { list } = definePermissions({ 'cards.read': { groups: [], path } })
    expect(list).toEqual([{ name: 'cards.read', groups: [], description: '', path }])
    for (const wrong of [
      '',
      'api',
      '//evil.example',
      '/a b',
      '/a;id',
      '/$(id)',
      "/'",
      '/a?b&c',
      `/${'x'.repeat(200)}`,
    ]) {
      const definitions = { 'cards.read': { groups: [], path: wrong } }
      expect(() => definePermissions(definitions), wrong).toThrow(/the path of "cards\.read" is not a path/)
    }
  })

  it('lists all problems at once', () => {
    expect(
      problemsOf({
        'notes publish': ['editors'],
        'notes.write': 'editors',
        'notes.read': [''],
        'notes.delete': { groups: [], description: 'x'.repeat(301) },
      }),
    ).toBe(
      [
        "definePermissions() can't start:",
        '"notes publish" is not a name. Use up to 100 letters, digits and . _ : / -',
        `the groups of "notes.write" are not a list of names. Set them, for example to ['editors']`,
        `the groups of "notes.read" are not a list of names. Set them, for example to ['editors']`,
        'the description of "notes.delete" is not a text of at most 300 characters',
      ].join('\n  - '),
    )
  })

  it('rejects a misspelt property, a missing definition, and too many', () => {
    expect(problemsOf({ 'notes.read': { groups: [], describtion: '' } })).toContain('"describtion"')
    expect(problemsOf({ 'notes.read': null })).toContain('the groups of "notes.read"')
    expect(problemsOf({ 'notes.read': undefined })).toContain('the groups of "notes.read"')
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`p${index}`, []]))
    expect(problemsOf(many)).toContain('there are 201 permissions')
  })
})

describe('A permission', () => {
  const access = createAccess(
    definePermissions({ 'notes.publish': ['editors', 'owners'], 'notes.export': [] }),
  )

  it.each([
    ['no group', user([]), false, false],
    ['another group', user(['readers', 'editor', 'Editors']), false, false],
    ['one of its groups', user(['readers', 'owners']), true, false],
    ['the superusers', user([], true), true, true],
  ])('belongs to %s: %#', (_, who, mayPublish, mayExport) => {
    expect(access.can(who, 'notes.publish')).toBe(mayPublish)
    expect(access.can(who, 'notes.export')).toBe(mayExport)
  })

  it.each([
    ['notes.publsh', 'Did you mean "notes.publish"?'],
    ['note.export', 'Did you mean "notes.export"?'],
    ['cards.write', 'Add it to definePermissions().'],
    ['constructor', 'Add it to definePermissions().'],
    ['', 'Add it to definePermissions().'],
  ])('that is not defined throws, even for superusers: %s', (name, remedy) => {
    const unknown = { code: 'unknown_permission', message: `There is no permission "${name}". ${remedy}` }
    expect(() => access.can(user([], true), name)).toThrow(expect.objectContaining(unknown))
  })

  it('can be missing since none is defined', () => {
    const none = createAccess(definePermissions({}))
    expect(() => none.can(user([]), 'notes.read')).toThrow(/none is defined. Call definePermissions\(\)/)
  })
})
