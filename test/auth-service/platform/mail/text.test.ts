import { describe, expect, it } from 'vitest'
import { textOf } from '../../../../auth-service/src/platform/mail/text.ts'

const LINK = `https://auth.example.com/password/reset?token=${'x'.repeat(100)}`
const lines = (...parts: Parameters<typeof textOf>[0]) => textOf(parts).split('\n')

describe('The text of an email', () => {
  it('separates paragraphs', () => {
    expect(textOf(['Hello,', 'all is well.'])).toBe('Hello,\n\nall is well.\n')
  })

  it('wraps between words after at most 78 characters, and loses nothing', () => {
    for (const word of ['a', 'word', 'Wörterbucheintrag', 'x'.repeat(77), 'x'.repeat(78)]) {
      const text = Array(50).fill(word).join(' ')
      expect(Math.max(...lines(text).map((line) => line.length))).toBeLessThanOrEqual(78)
      expect(lines(text).join(' ').trim()).toBe(text)
    }
  })

  it('keeps an address whole on its own line, at any length', () => {
    expect(lines({ link: LINK, label: 'Choose a new password' })).toEqual([LINK, ''])
  })

  it('shows a code in groups that are easy to remember', () => {
    expect(lines({ code: '123456' })).toEqual(['    123 456', ''])
  })

  it('shows each fact after its label', () => {
    const facts = [
      ['When', '15 January 2027'],
      ['Device', 'Safari on iPhone'],
    ] as const
    expect(textOf([{ facts }])).toBe('When: 15 January 2027\nDevice: Safari on iPhone\n')
  })

  it('numbers steps, and indents their text', () => {
    const steps = [['Look:', { link: LINK, label: 'Look' }], ['word '.repeat(20).trim()]]
    expect(lines('First:', { steps })).toEqual([
      'First:',
      '',
      '1. Look:',
      `   ${LINK}`,
      '',
      `2. ${'word '.repeat(15).trim()}`,
      `   ${'word '.repeat(5).trim()}`,
      '',
    ])
  })
})
