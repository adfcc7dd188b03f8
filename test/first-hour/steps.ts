import { type Block, blocksOf, readPage } from '../docs/pages.ts'

/** What someone does, in order: a command as it is typed, or the change of one file. */
export type Step =
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'edit'; readonly text: string; readonly file: string; readonly lines: number }

const PAGE = 'docs/tutorial.md'

/** The page, for what it says beside its blocks. */
export const tutorial = readPage(PAGE)

const stepsOf = ({ language, code, line }: Block): Step[] => {
  if (language === 'sh') return code.split('\n').map((text) => ({ kind: 'command', text }))
  const [, file, ...more] = /^--- a\/(\S+)\n\+\+\+ b\/\1\n/.exec(code) ?? []
  if (language !== 'diff' || file === undefined || more.length > 0) {
    throw new Error(`${PAGE}:${line} is neither commands nor the change of one file`)
  }
  return [{ kind: 'edit', text: `${code}\n`, file, lines: writtenIn(code) }]
}

/** Lines that someone writes or changes; one that only moves is not counted. */
function writtenIn(diff: string): number {
  const lines = diff.split('\n').slice(2)
  const starting = (sign: string) => lines.filter((line) => line[0] === sign).map((line) => line.slice(1))
  const removed = starting('-')
  return starting('+').filter((line) => line.trim() !== '' && !removed.includes(line)).length
}

const sections = tutorial.split(/^(?=## )/m)

/** The steps of the section with this heading. */
function stepsUnder(heading: string): Step[] {
  const section = sections.find((one) => one.startsWith(`## ${heading}\n`))
  if (section === undefined) throw new Error(`${PAGE} has no section "${heading}"`)
  return blocksOf(PAGE, section).flatMap(stepsOf)
}

export const HONO = stepsUnder('A Hono app')
export const EXPRESS = stepsUnder('A second app, with Express')
/** In the folder of the first app. */
export const BOTH = stepsUnder('Both apps, in the folder of the first')
const POSTGRES_EDITS = stepsUnder('On Postgres')

/**
 * "The commands are those of the first section; the edits differ, and the migration is right as drizzle-kit writes it":
 * all but the last come before the middleware.
 */
export const POSTGRES: readonly Step[] = (() => {
  const edits = HONO.filter(({ kind }) => kind === 'edit')
  const [first, last] = [edits[0], edits.at(-1)]
  return HONO.flatMap((step) => {
    if (step === first) return POSTGRES_EDITS.slice(0, -1)
    if (step === last) return POSTGRES_EDITS.slice(-1)
    return step.kind === 'edit' ? [] : [step]
  })
})()

/** All steps of the page, wherever they are. */
export const EVERY = blocksOf(PAGE, tutorial).flatMap(stepsOf)
