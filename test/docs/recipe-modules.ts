import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Block, blocksOf } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')

/** The name of the file that a block is, in a comment at its beginning; other blocks of the page may import it. */
export const fileOf = ({ code }: Pick<Block, 'code'>): string | null =>
  /^(?:---\n)?(?:\/\/|<!--) (\S+\.\w+)(?: -->)?\n/.exec(code)?.[1] ?? null

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

/** The block of a page with that text, as a module beside the page's files. */
export async function moduleOf(
  page: string,
  text: string,
  { edit = (code) => code, wrap }: Changes = {},
): Promise<Record<string, unknown>> {
  const code = edit(codeOf(page, text))
  const files = new Map([['block.ts', wrap === undefined ? code : asFunction(code, wrap)]])
  for (const block of blocksOf(page)) {
    const name = fileOf(block)
    if (name !== null) files.set(name, edit(block.code))
  }
  // Vitest keeps what it read from a path for all test files of a run, so other code needs another path.
  const hash = createHash('sha256')
    .update(JSON.stringify([...files]))
    .digest('hex')
    .slice(0, 16)
  const folder = join(root, 'artefacts/recipes', `${basename(page, '.md')}-${hash}`)
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of files) writeOnce(join(folder, name), content)
  return import(pathToFileURL(join(folder, 'block.ts')).href)
}

/** Another worker may read or write the same file at this moment. */
function writeOnce(path: string, content: string): void {
  if (existsSync(path)) return
  const unfinished = `${path}.${randomUUID()}`
  writeFileSync(unfinished, content)
  renameSync(unfinished, path)
}

function asFunction(code: string, { given, returns }: Wrap): string {
  const statement = /^import .*$/gm
  const imports = [...code.matchAll(statement)].map(([line]) => line).join('\n')
  const body = `${code.replaceAll(statement, '').replaceAll(/^export /gm, '')}\nreturn { ${returns.join(', ')} }`
  return `${imports}\nexport function run({ ${given.join(', ')} }: any) {\n${body}\n}\n`
}
