import { type Child, createContext, useContext } from 'hono/jsx'
import type { Language, Say } from '../../platform/i18n/language.ts'
import { ENGLISH } from '../../platform/i18n/languages.ts'

const LanguageContext = createContext<Language>(ENGLISH)

/** What is inside speaks this language. */
export const LanguageProvider = LanguageContext.Provider

/** The language of the page, for its dates and numbers. */
export const useLanguage = (): Language => useContext(LanguageContext)

/** What says a text in the language of the page: `t('At least {count} characters.', { count })`. */
export const useTranslation = (): Say => useLanguage().say

/** What stands in a sentence: for `{place}` something to put there, for `<a>words</a>` what to make of the words. */
export type Parts = Readonly<Record<string, Child | ((words: Child) => Child)>>

/**
 * What says a sentence with markup in it: `rich('See <a>your account</a>, {name}.', { a: (words) => <a
 * href="/account">{words}</a>, name: <strong>{name}</strong> })`.
 */
export function useRichTranslation(): (text: string, parts: Parts) => Child {
  const t = useTranslation()
  return (text, parts) => <>{assembled(t(text), parts)}</>
}

const PIECES = /<(\w+)>(.*?)<\/\1>|\{(\w+)\}|[^<{]+|[<{]/gs

const assembled = (text: string, parts: Parts): Child[] =>
  [...text.matchAll(PIECES)].map(([piece, tag, words = '', place = '']) => {
    const part = parts[tag ?? place]
    if (part === undefined) return piece
    return typeof part === 'function' ? part(assembled(words, parts)) : part
  })
