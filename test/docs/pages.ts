import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** A fenced block of code. */
export interface Block {
  /** The page, relative to the repository. */
  readonly page: string
  /** The block's first line. */
  readonly line: number
  readonly language: string
  readonly code: string
}

/** The pages for users and contributors. */
export const pages: readonly string[] = [
  ...globSync('{README,CONTRIBUTING,SECURITY,CHANGELOG}.md', { cwd: root }),
  ...globSync('{jwt-middleware,auth-service,latchkey}/README.md', { cwd: root }),
  ...globSync('docs/**/*.md', { cwd: root }),
].sort()

/** The pages whose blocks are files of an app that tests build, type-check and run, with the file of these tests. */
export const BUILT: Readonly<Record<string, string>> = {
  'docs/frameworks/astro.md': 'test/frameworks/astro.test.ts',
  'docs/frameworks/elysia.md': 'test/frameworks/elysia.test.ts',
  'docs/frameworks/next.md': 'test/examples/next-site.test.ts',
  'docs/frameworks/nitro.md': 'test/frameworks/nitro.test.ts',
  'docs/frameworks/react-router.md': 'test/frameworks/react-router.test.ts',
  'docs/frameworks/sveltekit.md': 'test/frameworks/sveltekit.test.ts',
}

export const readPage = (page: string): string => readFileSync(resolve(root, page), 'utf8')

/** The fenced blocks of a page, including indented ones in lists. */
export function blocksOf(page: string, text: string = readPage(page)): Block[] {
  const blocks: Block[] = []
  let open: { indent: string; language: string; line: number; code: string[] } | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', language] = /^( *)```(\S*)$/.exec(line) ?? []
    if (language === undefined) open?.code.push(line.slice(open.indent.length))
    else if (open === null) open = { indent, language, line: index + 1, code: [] }
    else {
      blocks.push({ page, line: open.line, language: open.language, code: open.code.join('\n') })
      open = null
    }
  }
  if (open !== null) throw new Error(`${page}:${open.line}: the block of code has no end`)
  return blocks
}

/** A page without its code blocks. */
export const proseOf = (text: string): string => text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '')

/** GitHub's anchors for the headings of a page. */
export const anchorsOf = (text: string): string[] =>
  [...proseOf(text).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
