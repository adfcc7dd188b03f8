import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ESTree, parseSync, Visitor } from 'vite'
import { sources } from '../../support/imports.ts'

/** Functions that translate a text or mark it for translation. */
const SPEAKERS = new Set(['t', 'rich', 'message', 'say'])

/** Every translatable text in the sources of a folder, with its files; skips paths that begin with one of `except`. */
export function textsIn(folder: string, except: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const file of sources(folder).filter((path) => !except.some((start) => path.startsWith(start)))) {
    const code = readFileSync(join(folder, file), 'utf8')
    for (const text of textsOf(file, code)) found.set(text, [...(found.get(text) ?? []), file])
  }
  return found
}

/** The texts in one file. A text that is concatenated in place could not be found in a dictionary. */
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

/** Attributes that users see or hear. */
const SHOWN = new Set(['alt', 'aria-label', 'label', 'placeholder', 'title'])

/** Untranslated words in the markup of a file of pages. */
export function untranslatedIn(file: string, code: string): string[] {
  const texts: string[] = []
  const read = ({ children }: { children: readonly ESTree.JSXChild[] }) => {
    for (const child of children) {
      if (child.type === 'JSXText') texts.push(child.value.trim())
      if (child.type !== 'JSXExpressionContainer' || child.expression.type === 'JSXEmptyExpression') continue
      for (const choice of choices(child.expression)) {
        if (choice.type === 'Literal') texts.push(String(choice.value))
        if (choice.type === 'TemplateLiteral') texts.push(...choice.quasis.map(({ value }) => value.raw))
      }
    }
  }
  new Visitor({
    JSXElement: read,
    JSXFragment: read,
    JSXAttribute({ name, value }) {
      const isShown = name.type === 'JSXIdentifier' && SHOWN.has(name.name)
      if (isShown && value?.type === 'Literal') texts.push(String(value.value))
    },
  }).visit(parseSync(file, code).program)
  return texts.filter((text) => /\p{L}{2}/u.test(text))
}

function nameOf(callee: ESTree.Expression): string {
  if (callee.type === 'Identifier') return callee.name
  return callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
    ? callee.property.name
    : ''
}

/** The possible texts of an argument; names and members refer to texts marked elsewhere. */
const literals = (node: ESTree.Argument, file: string): string[] =>
  choices(node).flatMap((choice) => {
    if (choice.type === 'Literal') return typeof choice.value === 'string' ? [choice.value] : []
    if (choice.type === 'TemplateLiteral' && choice.expressions.length === 0) {
      return [choice.quasis[0]?.value.cooked ?? '']
    }
    if (choice.type === 'TemplateLiteral' || choice.type === 'BinaryExpression') {
      throw new Error(`${file} puts a text together before it is translated.`)
    }
    return []
  })

/** The possible values of an expression. */
function choices(node: ESTree.Argument): ESTree.Argument[] {
  if (node.type === 'ConditionalExpression') return [node.consequent, node.alternate].flatMap(choices)
  if (node.type !== 'LogicalExpression') return [node]
  return (node.operator === '&&' ? [node.right] : [node.left, node.right]).flatMap(choices)
}

/** The `{placeholders}` and `<tags>` of a text, which a translation must have, too. */
export const marksOf = (text: string): string[] => (text.match(/\{\w+\}|<\/?\w+>/g) ?? []).sort()

/** Everything a page says, in text and in attributes that users see or hear. */
export function said(html: string): Set<string> {
  const attributes = [...html.matchAll(/ (?:aria-label|placeholder|data-label|data-words)="([^"]*)"/g)]
  const texts = html.replace(/<[^>]*>/g, '\n').split('\n')
  const all = [...attributes.flatMap(([, value = '']) => value.split('|')), ...texts]
  return new Set(all.map((text) => text.trim()).filter(Boolean))
}
