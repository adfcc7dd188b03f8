import { type Child, createContext, useContext } from 'hono/jsx'
import type { Language, Say } from '../../platform/i18n/language.ts'
import { ENGLISH } from '../../platform/i18n/languages.ts'

const LanguageContext = createContext<Language>(ENGLISH)

/** Sets the language of the content. */
export const LanguageProvider = LanguageContext.Provider

/** The page's language, for its dates and numbers. */
export const useLanguage = (): Language => useContext(LanguageContext)

/** Translates a text for the page: `t('At least {count} characters.', { count })`. */
export const useTranslation = (): Say => useLanguage().say

/** The values of a sentence: content for `{placeholder}`, and for `<a>text</a>` a function of the text. */
export type Parts = Readonly<Record<string, Child | ((words: Child) => Child)>>

/**
 * Translates a sentence with markup: `rich('See <a>your account</a>, {name}.', { a: (text) => <a
 * href="/account">{text}</a>, name: <strong>{name}</strong> })`.
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
