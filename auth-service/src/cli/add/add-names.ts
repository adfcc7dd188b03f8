import type { Node } from '@babel/types'
import type MagicString from 'magic-string'
import { declaratorsOf, requiredModule, type SourceFile } from './syntax.ts'

/**
 * Adds names to what the file imports from this module already, and returns what each is called there; `null` if it
 * imports none by name, as `import { one } from 'module'` or by destructuring what `require` returns.
 */
export function addNames(
  { program, bindings }: SourceFile,
  source: string,
  names: readonly string[],
  edited: MagicString,
): readonly string[] | null {
  const known = (name: string) =>
    [...bindings].find(([, binding]) => binding.source === source && binding.imported === name)?.[0]
  const missing = names.filter((name) => known(name) === undefined)
  const last = program.body.flatMap((statement): readonly Node[] => {
    if (statement.type === 'ImportDeclaration' && statement.importKind !== 'type')
      return statement.source.value === source
        ? statement.specifiers.filter(({ type }) => type === 'ImportSpecifier')
        : []
    return declaratorsOf(statement).flatMap(({ id, init }) =>
      id.type === 'ObjectPattern' && requiredModule(init) === source ? id.properties : [],
    )
  })
  const end = last.at(-1)?.end
  if (missing.length > 0) {
    if (end === undefined || end === null) return null
    edited.appendLeft(end, missing.map((name) => `, ${name}`).join(''))
  }
  return names.map((name) => known(name) ?? name)
}
