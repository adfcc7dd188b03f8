import { expect, it } from 'vitest'
import { findingsInMarkdown, findingsInSource } from '../../scripts/check-words.ts'

const words = (found: ReturnType<typeof findingsInMarkdown>) => found.map(({ line, word }) => [line, word])

it('reports words to avoid in strings, templates and markup, with their lines', () => {
  const code = `import { nobody } from './nobody.ts'
// Whoever reads this.
const kind = 'nobody'
t('Somebody else is here.')
const log = \`the account \${id}
 is switched off\`
const Page = () => <p title="Your e-mail address">It works no more.</p>`
  expect(words(findingsInSource('page.tsx', code))).toEqual([
    [4, 'Somebody'],
    [6, 'switched off'],
    [7, 'e-mail'],
    [7, 'no more'],
  ])
})

it('says what to write instead', () => {
  expect(findingsInSource('a.ts', "log('an e-mail was sent')")).toEqual([
    { line: 1, word: 'e-mail', instead: '"email"' },
  ])
})

it('reports the heading of a column, which is one word', () => {
  const code = "table(['E-MAIL', 'NAME'], rows)\nkinds(['nobody', 'e-mail'])"
  expect(words(findingsInSource('a.ts', code))).toEqual([[1, 'E-MAIL']])
})

it('accepts plain words', () => {
  const code = `t('There is no account with this email. It is no longer valid, and no one has used it: 1 no more than 2.')`
  expect(findingsInSource('a.ts', code)).toEqual([])
})

it('reports words in Markdown, except in code and in the table of words', () => {
  const text = `# Words

| say | don't say |
|---|---|
| someone | somebody |

The field \`mailed\` is set. The link was mailed to whom it concerns.
`
  expect(words(findingsInMarkdown(text))).toEqual([
    [7, 'whom'],
    [7, 'mailed'],
  ])
})
