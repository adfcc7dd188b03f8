import { describe, expect, it } from 'vitest'
import { textOf } from '../../../../auth-service/src/platform/mail/text.ts'

const LINK = `https://auth.example.com/password/reset?token=${'x'.repeat(100)}`
const lines = (...parts: Parameters<typeof textOf>[0]) => textOf(parts).split('\n')

describe('the text of a mail', () => {
  it('keeps paragraphs apart', () => {
    expect(textOf(['Hello,', 'all is well.'])).toBe('Hello,\n\nall is well.\n')
  })

  it('is broken between words, after 78 characters at most, and nothing is lost', () => {
    for (const word of ['a', 'word', 'Wörterbucheintrag', 'x'.repeat(77), 'x'.repeat(78)]) {
      const text = Array(50).fill(word).join(' ')
      expect(Math.max(...lines(text).map((line) => line.length))).toBeLessThanOrEqual(78)
      expect(lines(text).join(' ').trim()).toBe(text)
    }
  })

  it('has an address whole in a line of its own, however long it is', () => {
    expect(lines({ link: LINK, label: 'Choose a new password' })).toEqual([LINK, ''])
  })

  it('sets a code off, in groups that people can keep in mind', () => {
    expect(lines({ code: '123456' })).toEqual(['    123 456', ''])
  })

  it('has each fact behind its label', () => {
    const facts = [
      ['When', '15 January 2027'],
      ['With', 'Safari on iPhone'],
    ] as const
    expect(textOf([{ facts }])).toBe('When: 15 January 2027\nWith: Safari on iPhone\n')
  })

  it('numbers steps, and keeps what belongs to one beside its number', () => {
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
