import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from '@babel/parser'
import { expect, it } from 'vitest'
import { readPage } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

function nodesOf(root: Node): Node[] {
  const nodes = [root]
  for (const node of nodes) nodes.push(...Object.values(node).flat().filter(isNode))
  return nodes
}

const nameOf = (node: unknown): unknown =>
  isNode(node) && node.type === 'Identifier' ? node.name : undefined

/** Whether a call writes a line: `warn(…)`, `log.info(…)` or `log[level](…)`. */
function isLog({ type, callee }: Node): boolean {
  if (type !== 'CallExpression' || !isNode(callee)) return false
  return nameOf(callee) === 'warn' || (callee.type === 'MemberExpression' && nameOf(callee.object) === 'log')
}

/** The values of `event` in the lines that a file writes; constants may have names. */
function eventsOf(text: string): unknown[] {
  const nodes = nodesOf(
    parse(text, { sourceType: 'module', plugins: ['typescript', 'jsx'] }).program as never,
  )
  const variables = nodes.filter(({ type }) => type === 'VariableDeclarator')
  // Scopes are ignored: of two constants of one name, both count.
  function meant(node: unknown): unknown[] {
    const name = nameOf(node)
    const named = name === undefined ? [] : variables.filter(({ id }) => nameOf(id) === name)
    return named.length > 0 ? named.map(({ init }) => init) : [node]
  }

  const valuesOf = (node: unknown): unknown[] =>
    meant(node)
      .filter(isNode)
      .flatMap((value) => {
        if (value.type === 'StringLiteral') return [value.value]
        if (value.type !== 'ConditionalExpression') return [`unreadable: ${value.type}`]
        return [value.consequent, value.alternate].flatMap(valuesOf)
      })

  const ofFields = (node: unknown): unknown[] =>
    meant(node)
      .filter(isNode)
      .filter(({ type }) => type === 'ObjectExpression')
      .flatMap(({ properties }) => properties as Node[])
      .flatMap((property) => {
        if (property.type === 'SpreadElement') return ofFields(property.argument)
        return nameOf(property.key) === 'event' ? valuesOf(property.value) : []
      })
  return nodes.filter(isLog).flatMap((call) => ofFields((call.arguments as Node[])[0]))
}

/** The events in the table below a heading. */
const documented = (heading: string): string[] => {
  const [, after = ''] = readPage('docs/log-events.md').split(`\n## ${heading}\n`)
  const [section = ''] = after.split('\n## ')
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, event = '']) => event)
}

it.each([
  ['The auth service', 'auth-service/src'],
  ['An app', 'jwt-middleware/src'],
])('docs/log-events.md has all events and no other: %s', (heading, folder) => {
  const files = globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root })
  const found = new Set(files.flatMap((file) => eventsOf(readFileSync(resolve(root, file), 'utf8'))))
  expect(documented(heading).sort()).toEqual([...found].sort())
})

it('events are found in every way in which they are written', () => {
  const text = `
    const EVENT = 'a'
    const line = { event: slow ? 'b' : 'c', status }
    warn({ event: EVENT, setting }, 'text')
    log[level]({ ...line, ms })
    log.info({ event: 'd' }, 'text')
    audit.record({ event: 'e' })
    log.warn({ event: error.code }, 'text')`
  expect(eventsOf(text).sort()).toEqual(['a', 'b', 'c', 'd', 'unreadable: MemberExpression'])
})
