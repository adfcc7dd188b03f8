import { globSync, readFileSync } from 'node:fs'
import { parseSync, Visitor } from 'vite'

/** Words that people should not have to read, with the plain ones. */
const WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bwho(?:ever|mever|m)\b/i, 'name the person: "the user who", "the person that"'],
  [/\bnobody\b/i, '"no user", "no one", or say what there is instead'],
  [/\b(?:some|any|every)body\b/i, '"someone", "anyone", "everyone", "all users"'],
  [/\b(?:is|are) none of\b/i, '"is not one of"'],
  [/(?<!\bthere )\b(?:is|are) no (?!longer\b)/i, '"is not a"'],
  [/\bno more\b(?! \w)/i, '"no longer"'],
  [/(?<!\bno )\bone has\b/i, 'name the person: "you have", "the user has"'],
  [/\b(?:[eE]-mail|E-MAIL)/, '"email"'],
  [/\bmail(?:ed|ing)\b/i, '"sent", "emailed"'],
  [/\bswitch(?:ed|es|ing)? (?:\w+ )?(?:off|on)\b/i, '"disabled", "enabled"'],
  [/\bpeople who run\b/i, '"administrator"'],
  [/\bfor good\b/i, '"permanently"'],
  [/\b(?:in vain|anew|meanwhile|mending|never mind|put up with)\b/i, 'a plain word'],
]

export interface Finding {
  readonly line: number
  readonly word: string
  readonly instead: string
}

/** The heading of a column in the output of a command: unlike other single words, it is for people. */
const HEADING = /^[A-Z][A-Z-]+$/

const SOURCES = [
  'auth-service/src/**/*.{ts,tsx}',
  'jwt-middleware/src/**/*.{ts,tsx}',
  'examples/*/src/**/*.{ts,tsx}',
]
/** Comments, docstrings and messages are most of what such a file says. */
const SCRIPTS = ['clients/**/*.py']
const PAPERS = ['*.md', 'docs/**/*.md', '*/README.md', 'examples/*/README.md']

/** Findings in what a source file shows to people: its sentences in strings, templates and markup. */
export function findingsInSource(file: string, code: string): Finding[] {
  const texts: { readonly start: number; readonly text: string }[] = []
  const add = (start: number, text: string) => {
    if (/\S\s+\S/.test(text) || HEADING.test(text)) texts.push({ start, text })
  }
  new Visitor({
    Literal: ({ start, value }) => typeof value === 'string' && add(start, value),
    TemplateElement: ({ start, value }) => add(start, value.raw),
    JSXText: ({ start, value }) => add(start, value),
  }).visit(parseSync(file, code).program)
  return texts.flatMap(({ start, text }) => findings(text, code.slice(0, start).split('\n').length))
}

/** Findings in Markdown, except in code spans and in a table of words to avoid. */
export function findingsInMarkdown(text: string): Finding[] {
  const table = /^\| say \|[^\n]*\n(?:\|[^\n]*\n)*/gm
  const plain = text.replace(table, (rows) => rows.replace(/[^\n]/g, '')).replace(/`[^`\n]*`/g, '')
  return plain.split('\n').flatMap((line, at) => findings(line, at + 1))
}

const findings = (text: string, line: number): Finding[] =>
  WORDS.flatMap(([pattern, instead]) => {
    const found = pattern.exec(text)
    return found
      ? [{ line: line + text.slice(0, found.index).split('\n').length - 1, word: found[0], instead }]
      : []
  })

function main(): void {
  const check = (patterns: string[], find: (file: string, text: string) => Finding[]) =>
    globSync(patterns, { exclude: (path) => path.includes('node_modules') }).flatMap((file) =>
      find(file, readFileSync(file, 'utf8')).map((finding) => ({ file, ...finding })),
    )
  const all = [
    ...check(SOURCES, findingsInSource),
    ...check([...PAPERS, ...SCRIPTS], (_, text) => findingsInMarkdown(text)),
  ]
  for (const { file, line, word, instead } of all)
    console.error(`${file}:${line}: "${word}". Write ${instead}.`)
  if (all.length > 0) {
    console.error(`${all.length} words to change. CONTRIBUTING.md has the list.`)
    process.exitCode = 1
  }
}

if (import.meta.main) main()
