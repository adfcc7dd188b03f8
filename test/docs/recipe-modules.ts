import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Block, blocksOf } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')

/** The name of the file that a block is, in a comment at its beginning; other blocks of the page may import it. */
export const fileOf = ({ code }: Block): string | null => /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? null

interface Wrap {
  /** Names of what the reader has. */
  readonly given: readonly string[]
  /** Constants of the block. */
  readonly returns: readonly string[]
}

interface Changes {
  /** Changes the block and the files for the test, for example a port. */
  readonly edit?: (code: string) => string
  /** Makes the block a function `run`, which takes what is given, and returns the block's constants. */
  readonly wrap?: Wrap
}

/** The code of the block of a page with that text. */
export function codeOf(page: string, text: string): string {
  const block = blocksOf(page).find(({ code }) => code.includes(text))
  if (block === undefined) throw new Error(`${page} has no block of code with ${text}`)
  return block.code
}

let modules = 0

/** The block of a page with that text, as a new module beside the page's files. */
export async function moduleOf(
  page: string,
  text: string,
  { edit = (code) => code, wrap }: Changes = {},
): Promise<Record<string, unknown>> {
  // Another worker may edit the same page in another way at this moment.
  const worker = process.env.VITEST_POOL_ID ?? ''
  const folder = join(root, 'artefacts/recipes', worker, basename(page, '.md'))
  mkdirSync(folder, { recursive: true })
  for (const block of blocksOf(page)) {
    const name = fileOf(block)
    if (name !== null) writeFileSync(join(folder, name), edit(block.code))
  }
  const code = edit(codeOf(page, text))
  const file = join(folder, `block-${++modules}.ts`)
  writeFileSync(file, wrap === undefined ? code : asFunction(code, wrap))
  return import(pathToFileURL(file).href)
}

function asFunction(code: string, { given, returns }: Wrap): string {
  const statement = /^import .*$/gm
  const imports = [...code.matchAll(statement)].map(([line]) => line).join('\n')
  const body = `${code.replaceAll(statement, '')}\nreturn { ${returns.join(', ')} }`
  return `${imports}\nexport function run({ ${given.join(', ')} }: any) {\n${body}\n}\n`
}
