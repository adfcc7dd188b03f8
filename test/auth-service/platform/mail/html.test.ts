import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENGLISH, LANGUAGES } from '../../../../auth-service/src/platform/i18n/languages.ts'
import { htmlOf, type Sender } from '../../../../auth-service/src/platform/mail/html.ts'
import type { Part } from '../../../../auth-service/src/platform/mail/parts.ts'
import { textOf } from '../../../../auth-service/src/platform/mail/text.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { plainText, skeleton } from '../../support/browser.ts'
import { everyEmail } from '../../support/every-email.ts'
import { testConfig } from '../../support/services.ts'

const LIMIT = 10 * 1024
const THEME = resolve(import.meta.dirname, '../../../../auth-service/assets/theme.css')

const NAME = 'Harbour & Sons’'
const sender: Sender = {
  authUrl: 'https://auth.example.com',
  brand: { ...testConfig().brand, name: NAME },
}
const html = (...parts: Part[]) => htmlOf(ENGLISH, sender, 'Subject', parts)

/** The readable text: without tags, and with decoded entities. */
const readable = (html: string) => plainText(html.replace(/<[^>]*>/g, ' '))
const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean)

/** The open tags at the first mismatched end tag; none if all match. */
function unbalanced(html: string): string[] {
  const open: string[] = []
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
    if (['meta', 'base'].includes(name)) continue
    if (!slash) open.push(name)
    else if (open.pop() !== name) return [...open, name]
  }
  return open
}

describe.each(LANGUAGES)('The HTML of every email, in $name,', (language) => {
  const letters = everyEmail(language, sender).map((letter) => [letter.subject, letter] as const)

  it.each(letters)('%s: names the sender and the language, and matches the text', (subject, letter) => {
    const { html, text } = letter
    expect(html).toMatch(new RegExp(`^<!doctype html>\n<html lang="${language.code}"`))
    expect(readable(html)).toContain(NAME)
    expect(readable(html)).toContain(subject)
    const written = new Set(wordsOf(readable(html)))
    // Facts in a table have no colon, and steps no full stop after the number.
    const bare = (word: string) => [word, word.replace(/:$/, '')]
    const missing = wordsOf(text).filter((word) => !bare(word).some((form) => written.has(form)))
    expect(missing.filter((word) => !/^\d\.$/.test(word))).toEqual([])
  })

  it.each(letters)('%s: is complete, small, and styled inline in the colours of the pages', (_, { html }) => {
    expect(unbalanced(html)).toEqual([])
    expect(Buffer.byteLength(html)).toBeLessThan(LIMIT)
    expect(html).toContain('<meta name="color-scheme" content="light dark">')
    const theme = readFileSync(THEME, 'utf8')
    expect(html.match(/#[\da-f]{6}/g)?.filter((colour) => !theme.includes(colour))).toEqual([])
    expect(html).not.toMatch(/<(style|link|script)/)
  })

  it.each(letters)('%s: loads nothing, and links only to the service', (_, { html, text }) => {
    expect(html).not.toMatch(/ (src|srcset|background|poster|action)=|url\(|@import/)
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => plainText(href))
    expect(links.filter((href) => new URL(href).origin !== sender.authUrl)).toEqual([])
    for (const [link] of text.matchAll(/^ *(https:\S+)$/gm)) expect(links).toContain(link.trim())
  })
})

describe('The HTML of an email', () => {
  it('has a button for a link, with the address below it', () => {
    const link = 'https://auth.example.com/login?a=1&b=2'
    const found = [...html({ link, label: 'Sign in' }).matchAll(/<a href="([^"]*)"[^>]*>([^<]*)</g)]
    expect(found.slice(0, 2).map(([, ...all]) => all.map(plainText))).toEqual([
      [link, 'Sign in'],
      [link, link],
    ])
  })

  it('has facts in a table with headings in the first column, and steps in a list', () => {
    const facts = html({ facts: [['When', 'now']] })
    expect(skeleton(facts)).toContain('<table style><tr><th scope style></th><td style></td></tr></table>')
    const steps = html({ steps: [['Look.'], ['Run.']] })
    expect(skeleton(steps)).toContain(
      '<ol style><li style><p style></p></li><li style><p style></p></li></ol>',
    )
  })

  it('escapes markup in user input and shows it as written', () => {
    const all = (words: string): Part[] => [
      words,
      { link: words, label: words },
      { code: words },
      { facts: [[words, words]] },
      { steps: [[words]] },
    ]
    const writtenBy = (words: string) =>
      htmlOf(ENGLISH, { ...sender, brand: { ...sender.brand, name: words } }, words, all(words))
    const benign = skeleton(writtenBy('words'))
    for (const words of naughtyStrings) {
      expect(skeleton(writtenBy(words)), words).toBe(benign)
      expect(readable(writtenBy(words)), words).toContain(words)
      expect(textOf(all(words)).length).toBeGreaterThan(words.length)
    }
  })
})
