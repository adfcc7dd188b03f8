import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ESTree, parseSync, Visitor } from 'vite'
import { sources } from '../../support/imports.ts'

/** What says a text in the reader's language, or marks one for that. */
const SPEAKERS = new Set(['t', 'rich', 'message', 'say'])

/**
 * Every text in the sources of a folder that people may read in their own language, with the files it is in; paths that
 * begin with one of `except` are passed over.
 */
export function textsIn(folder: string, except: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const file of sources(folder).filter((path) => !except.some((start) => path.startsWith(start)))) {
    const code = readFileSync(join(folder, file), 'utf8')
    for (const text of textsOf(file, code)) found.set(text, [...(found.get(text) ?? []), file])
  }
  return found
}

/** The texts in one file. One that is put together where it stands could not be found in a dictionary. */
export function textsOf(file: string, code: string): string[] {
  const texts: string[] = []
  new Visitor({
    CallExpression({ callee, arguments: [first] }) {
      if (!SPEAKERS.has(nameOf(callee)) || first === undefined) return
      texts.push(...literals(first, file))
    },
  }).visit(parseSync(file, code).program)
  return texts
}

function nameOf(callee: ESTree.Expression): string {
  if (callee.type === 'Identifier') return callee.name
  return callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
    ? callee.property.name
    : ''
}

/** The texts that an argument can be; names and members stand for texts that are marked elsewhere. */
function literals(node: ESTree.Argument, file: string): string[] {
  if (node.type === 'Literal') return typeof node.value === 'string' ? [node.value] : []
  if (node.type === 'ConditionalExpression') {
    return [...literals(node.consequent, file), ...literals(node.alternate, file)]
  }
  if (node.type === 'LogicalExpression') return [...literals(node.left, file), ...literals(node.right, file)]
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) {
    return [node.quasis[0]?.value.cooked ?? '']
  }
  if (node.type === 'TemplateLiteral' || node.type === 'BinaryExpression') {
    throw new Error(`${file} puts a text together before it is translated.`)
  }
  return []
}

/** The `{places}` and `<tags>` of a text, which a translation has to have, too. */
export const marksOf = (text: string): string[] => (text.match(/\{\w+\}|<\/?\w+>/g) ?? []).sort()

/** Everything that a page says, in text and in attributes that are read out or shown. */
export function said(html: string): Set<string> {
  const attributes = [...html.matchAll(/ (?:aria-label|placeholder|data-label|data-words)="([^"]*)"/g)]
  const texts = html.replace(/<[^>]*>/g, '\n').split('\n')
  const all = [...attributes.flatMap(([, value = '']) => value.split('|')), ...texts]
  return new Set(all.map((text) => text.trim()).filter(Boolean))
}
