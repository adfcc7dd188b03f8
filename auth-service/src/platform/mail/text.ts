import { grouped, type Part } from './parts.ts'

/** Longest line in characters (RFC 5322, section 2.1.1); a longer URL stays whole. */
const WIDTH = 78

/** Renders an email's parts as plain text in short lines. */
export const textOf = (parts: readonly Part[]): string => `${blocks(parts, WIDTH)}\n`

const blocks = (parts: readonly Part[], width: number): string =>
  parts.map((part) => block(part, width)).join('\n\n')

function block(part: Part, width: number): string {
  if (typeof part === 'string') return broken(part, width)
  if ('link' in part) return part.link
  if ('code' in part) return `    ${grouped(part.code)}`
  if ('facts' in part)
    return part.facts.map(([label, value]) => broken(`${label}: ${value}`, width)).join('\n')
  return part.steps.map((step, index) => numbered(step, `${index + 1}. `, width)).join('\n\n')
}

/** A step is one block, indented beside its number. */
function numbered(step: readonly Part[], number: string, width: number): string {
  const lines = step.map((part) => block(part, width - number.length)).join('\n')
  return number + lines.replaceAll('\n', `\n${' '.repeat(number.length)}`)
}

const broken = (text: string, width: number): string =>
  text.replace(new RegExp(`(?![^\\n]{1,${width}}$)([^\\n]{1,${width}})[ ]`, 'gm'), '$1\n')
