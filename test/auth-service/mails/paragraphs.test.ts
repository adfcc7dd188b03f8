import { expect, it } from 'vitest'
import { paragraphs } from '../../../auth-service/src/mails/paragraphs.ts'

const lines = (text: string) => paragraphs(text).split('\n')

it('stand apart', () => {
  expect(paragraphs('Hello,', 'all is well.')).toBe('Hello,\n\nall is well.\n')
})

it('are broken between words, after 78 characters at most, and nothing is lost', () => {
  for (const word of ['a', 'word', 'Wörterbucheintrag', 'x'.repeat(77), 'x'.repeat(78)]) {
    const text = Array(50).fill(word).join(' ')
    expect(Math.max(...lines(text).map((line) => line.length))).toBeLessThanOrEqual(78)
    expect(lines(text).join(' ').trim()).toBe(text)
  }
})

it('leave an address whole, however long it is, and the space before a code', () => {
  const link = `https://auth.example.com/password/reset?token=${'x'.repeat(100)}`
  expect(lines(link)).toEqual([link, ''])
  expect(lines('    123 456')).toEqual(['    123 456', ''])
})
