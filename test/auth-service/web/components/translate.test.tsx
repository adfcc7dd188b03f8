import type { Child } from 'hono/jsx'
import { describe, expect, it } from 'vitest'
import { createLanguage } from '../../../../auth-service/src/platform/i18n/language.ts'
import {
  LanguageProvider,
  type Parts,
  useRichTranslation,
  useTranslation,
} from '../../../../auth-service/src/web/components/translate.tsx'

const german = createLanguage({
  code: 'de',
  name: 'Deutsch',
  locale: 'de-DE',
  dictionary: { 'See <a>the page of {name}</a>.': 'Die <a>Seite von {name}</a> ansehen.', Yes: 'Ja' },
})

const Yes = () => <p>{useTranslation()('Yes')}</p>
const Rich = ({ text, parts }: { text: string; parts: Parts }) => <p>{useRichTranslation()(text, parts)}</p>

const speaking = (content: Child) => String(<LanguageProvider value={german}>{content}</LanguageProvider>)

describe('Translated text', () => {
  it('uses the surrounding language, and English without one', () => {
    expect([speaking(<Yes />), String(<Yes />)]).toEqual(['<p>Ja</p>', '<p>Yes</p>'])
  })
})

describe('Translated text with markup', () => {
  const link = { a: (words: unknown) => <a href="/x">{words as string}</a> }

  it('has markup where the sentence has it, in both languages', () => {
    const rich = <Rich text="See <a>the page of {name}</a>." parts={{ ...link, name: <b>Ada</b> }} />
    expect(speaking(rich)).toBe('<p>Die <a href="/x">Seite von <b>Ada</b></a> ansehen.</p>')
    expect(String(rich)).toBe('<p>See <a href="/x">the page of <b>Ada</b></a>.</p>')
  })

  it('escapes filled-in values and unknown markup', () => {
    const rich = <Rich text="{name} <b>is</b> {other} < {}" parts={{ name: '<i>{name}</i>' }} />
    expect(String(rich)).toBe('<p>&lt;i&gt;{name}&lt;/i&gt; &lt;b&gt;is&lt;/b&gt; {other} &lt; {}</p>')
  })
})
