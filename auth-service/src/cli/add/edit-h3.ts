import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import MagicString from 'magic-string'
import { addNames } from './add-names.ts'
import { importLine, MEMORY, STORES, styleOf } from './code-style.ts'
import type { FoundApp } from './find-app.ts'
import type { FoundStore } from './find-store.ts'
import { placeMiddleware } from './placement.ts'
import { mentions } from './syntax.ts'
import { freeName } from './web-constant.ts'

/** The code of a file with an app on H3, whose middleware asks for the user and finishes every response. */
export function editH3(
  app: FoundApp,
  found: FoundStore | null,
): Result<{ code: string; store: FoundStore | null }, string> {
  const { file, statement, name } = app
  const place = placeMiddleware(app)
  if (!place) return failure('no place before its first route was found')
  const start = statement.start ?? 0
  // What the middleware is made of stands before the app, and the database before that.
  const store = found && (found.end === null || found.end <= start) ? found : null
  const style = styleOf(app)
  const edited = new MagicString(file.code)
  const [defineMiddleware, toResponse] =
    addNames(file, 'h3', ['defineMiddleware', 'toResponse'], edited) ?? []
  if (!defineMiddleware || !toResponse || style.importsEnd === null)
    return failure('its import of h3 has no list of names')
  const { program } = file
  const [auth, web] = [freeName(program, 'auth', 'latchkeyAuth'), freeName(program, 'web', 'latchkeyWeb')]
  const latchkey = freeName(program, 'latchkey', 'latchkeyMiddleware')
  const isTyped = /\.m?tsx?$/.test(file.path) && !style.isCommonJs
  const user = mentions(program, 'User') ? 'LatchkeyUser' : 'User'
  const { end, newline } = style

  const named = auth === 'auth' ? 'auth' : `auth as ${auth}`
  const type = user === 'User' ? 'type User' : `type User as ${user}`
  const imports = [
    isTyped
      ? importLine(style, [`${named}, ${type}`], app.framework.entry)
      : importLine(style, auth === 'auth' ? ['auth'] : ['auth', auth], app.framework.entry),
    ...(store ? [importLine(style, [store.store], STORES[store.store])] : []),
  ]
  const types = [
    '',
    `declare module ${style.quote}h3${style.quote} {`,
    '  interface H3EventContext {',
    `    user: ${user}${end}`,
    '  }',
    '}',
  ]
  edited.appendLeft(
    style.importsEnd,
    [...imports, ...(isTyped ? types : [])].map((line) => newline + line).join(''),
  )
  const above = [
    ...(store ? [] : [MEMORY]),
    `const ${web} = ${auth}(${store ? `{ users: ${store.store}(${store.db}) }` : ''})${end}`,
    '',
    `const ${latchkey} = ${defineMiddleware}(async (event, next) => {`,
    `  const visit = await ${web}(event.req)${end}`,
    `  event.context.user = visit.user${end}`,
    `  if (visit.refusal) return visit.refusal${end}`,
    '  // H3 would answer an error without the cookies of a renewal, so its answer is made here.',
    `  const { onError } = event.app?.config ?? {}${end}`,
    `  return visit.finish(await ${toResponse}((async () => next())(), event, onError && { onError }))${end}`,
    `})${end}`,
    '',
  ]
  const indent = /[ \t]*$/.exec(file.code.slice(0, start))?.[0] ?? ''
  edited.appendLeft(
    start,
    above.map((line, at) => line + newline + (above[at + 1] === '' ? '' : indent)).join(''),
  )
  if (place.kind === 'chain') {
    const isBroken = /^\s*\n/.test(file.code.slice(place.at))
    const gap = isBroken ? (/^\s*/.exec(file.code.slice(place.at))?.[0] ?? '') : ''
    edited.appendLeft(place.at, `${gap}.use(${latchkey})`)
  } else {
    edited.appendLeft(place.at, `${newline}${indent}${name}.use(${latchkey})${end}`)
  }
  return success({ code: edited.toString(), store })
}
