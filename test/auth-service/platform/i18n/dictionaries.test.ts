import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GERMAN_PARTS } from '../../../../auth-service/src/platform/i18n/de.ts'
import { ENGLISH, LANGUAGES } from '../../../../auth-service/src/platform/i18n/languages.ts'
import { sources } from '../../../support/imports.ts'
import { marksOf, textsIn, textsOf, untranslatedIn } from '../../support/texts.ts'

const folder = join(resolve(import.meta.dirname, '../../../..'), 'auth-service/src')
const texts = textsIn(folder, ['cli/'])

describe.each(LANGUAGES.filter((language) => language !== ENGLISH))('$name', ({ dictionary }) => {
  it('translates every text that users can read', () => {
    expect([...texts.keys()].filter((text) => !Object.hasOwn(dictionary, text))).toEqual([])
  })

  it('has no unused text', () => {
    expect(Object.keys(dictionary).filter((text) => !texts.has(text))).toEqual([])
  })

  it('has the same placeholders and tags in each text', () => {
    const different = Object.entries(dictionary).filter(
      ([english, text]) => marksOf(english).join() !== marksOf(text).join(),
    )
    expect(different).toEqual([])
  })

  it('has no empty text', () => {
    expect(Object.entries(dictionary).filter(([, text]) => text.trim() === '')).toEqual([])
  })
})

it('the parts of a dictionary share no text', () => {
  const parts = GERMAN_PARTS.flatMap(Object.keys)
  expect(parts.filter((text, at) => parts.indexOf(text) !== at)).toEqual([])
})

it('no page has untranslated words in its markup', () => {
  const pages = sources(folder).filter((file) => file.endsWith('.tsx'))
  const found = pages.flatMap((file) => untranslatedIn(file, readFileSync(join(folder, file), 'utf8')))
  expect(pages.length).toBeGreaterThan(30)
  expect(found).toEqual([])
})

describe('The search for texts', () => {
  it('finds each kind of call', () => {
    const code = `
      t('one'); language.say("two"); rich(\`three\`, {}); message('four {n}', { n: 4 })
      t(many ? 'five' : 'six'); t(error ?? 'seven'); t(TEXTS[name]); other('not this')`
    expect(textsOf('page.tsx', code)).toEqual(['one', 'two', 'three', 'four {n}', 'five', 'six', 'seven'])
  })

  it.each(['t(`$' + '{count} people`)', "t('Hello ' + name)"])('rejects %s', (code) => {
    expect(() => textsOf('page.tsx', code)).toThrow('page.tsx puts a text together')
  })

  it('finds untranslated words', () => {
    const code = `const a = <p title="one" class="no">two {t('no')} {n} · {ok ? 'three' : t('no')}</p>
      const b = <>{'four'}<a href={\`/no/\${n}\`}>{n === 1 && 'five'}</a></>`
    expect(untranslatedIn('page.tsx', code).sort()).toEqual(['five', 'four', 'one', 'three', 'two'])
  })
})
