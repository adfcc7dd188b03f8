import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import MagicString from 'magic-string'
import { importLine, MEMORY, STORES, styleOf } from './code-style.ts'
import type { FoundApp } from './find-app.ts'
import type { FoundStore } from './find-store.ts'
import { placeMiddleware } from './placement.ts'
import { mentions } from './syntax.ts'

/** The file's code with the middleware in its place. */
export function addMiddleware(
  app: FoundApp,
  found: FoundStore | null,
): Result<{ code: string; store: FoundStore | null }, string> {
  // Where the database is made too late, the middleware does without it.
  const placed = placeMiddleware(app, found?.end ?? 0)
  const store = placed ? found : null
  const place = placed ?? placeMiddleware(app)
  if (!place) return failure('no place before its first route was found')
  const { file, framework, name } = app
  const style = styleOf(app)
  const auth = mentions(file.program, 'auth') ? 'latchkey' : 'auth'
  const call = `${auth}(${store ? `{ users: ${store.store}(${store.db}) }` : ''})`
  const edited = new MagicString(file.code)
  const start = app.statement.start ?? 0
  const indent = /[ \t]*$/.exec(file.code.slice(0, start))?.[0] ?? ''
  const comment = store ? [] : [MEMORY]
  /** Before the statement that makes the app. */
  const above: string[] = []

  if (place.kind === 'chain') {
    const isBroken = /^\s*\n/.test(file.code.slice(place.at))
    const gap = isBroken ? (/^\s*/.exec(file.code.slice(place.at))?.[0] ?? '') : ''
    // A comment ends with its line, so a chain on one line has it above.
    if (!isBroken) above.push(...comment)
    const lines = [...(isBroken ? comment : []), `.${framework.mount}(${call})`]
    edited.appendLeft(place.at, lines.map((line) => gap + line).join(''))
  } else {
    const lines = [...comment, `${name}.${framework.mount}(${call})${style.end}`]
    edited.appendLeft(place.at, lines.map((line) => style.newline + indent + line).join(''))
  }

  const imports = [
    importLine(style, auth === 'auth' ? ['auth'] : ['auth', auth], framework.entry),
    ...(store ? [importLine(style, [store.store], STORES[store.store])] : []),
  ]
  if (style.importsEnd === null) above.unshift(...imports)
  else edited.appendLeft(style.importsEnd, imports.map((line) => style.newline + line).join(''))
  edited.appendLeft(start, above.map((line) => line + style.newline + indent).join(''))
  return success({ code: edited.toString(), store })
}
