import type { Node, Statement } from '@babel/types'
import MagicString from 'magic-string'
import { importLine, MEMORY, STORES, type Style, styleOf } from './code-style.ts'
import { type FoundStore, findStore } from './find-store.ts'
import { mentions, type SourceFile } from './syntax.ts'

/** A file with a constant for what `auth()` returns. */
export interface WithConstant {
  readonly edited: MagicString
  /** The name of the constant. */
  readonly web: string
  readonly store: FoundStore | null
  readonly style: Style
}

/** Adds the imports, and the constant before the statement that makes the server. */
export function addConstant(
  file: SourceFile,
  statement: Statement,
  files: readonly SourceFile[],
  entry: string,
): WithConstant {
  const { code, program } = file
  const style = styleOf({ file, statement })
  const found = findStore({ file, block: program.body, statement }, files)
  const store = found && (found.end ?? 0) <= (statement.start ?? 0) ? found : null
  const [auth, web] = [freeName(program, 'auth', 'latchkeyAuth'), freeName(program, 'web', 'latchkey')]
  const edited = new MagicString(code)
  const call = `const ${web} = ${auth}(${store ? `{ users: ${store.store}(${store.db}) }` : ''})${style.end}`
  const lines = [...(store ? [] : [MEMORY]), call]
  const imports = [
    importLine(style, auth === 'auth' ? ['auth'] : ['auth', auth], entry),
    ...(store ? [importLine(style, [store.store], STORES[store.store])] : []),
  ]
  if (style.importsEnd === null) {
    edited.appendLeft(statement.start ?? 0, [...imports, ...lines, ''].join(style.newline))
  } else {
    edited.appendLeft(style.importsEnd, imports.map((line) => style.newline + line).join(''))
    const at = Math.max(style.importsEnd, store?.end ?? 0, settingsRead(file, statement))
    edited.appendLeft(at, style.newline + lines.map((line) => style.newline + line).join(''))
  }
  return { edited, web, store, style }
}

/** The name, or the other one if the file has it already. */
export const freeName = (program: Node, name: string, other: string): string =>
  mentions(program, name) ? other : name

/** Where the last statement before that reads `.env` ends: the middleware needs its settings. */
const settingsRead = ({ code, program }: SourceFile, statement: Statement): number =>
  program.body
    .filter(({ end }) => (end ?? 0) <= (statement.start ?? 0))
    .findLast(({ start, end }) => /dotenv|loadEnvFile/.test(code.slice(start ?? 0, end ?? 0)))?.end ?? 0
