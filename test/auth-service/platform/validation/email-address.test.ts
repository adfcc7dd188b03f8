import { describe, expect, it } from 'vitest'
import {
  canonicalEmail,
  formerCanonicalEmail,
  isSameMailbox,
  normalizeEmail,
  parseEmail,
  withoutTag,
} from '../../../../auth-service/src/platform/validation/email-address.ts'
import { cpuTime } from '../../../support/cpu-time.ts'

describe('An email address', () => {
  it.each([
    ['lena@xn--bcher-kva.example', 'lena@bücher.example'],
    ['lena@XN--BCHER-KVA.Example', 'lena@bücher.example'],
    ['lena@BÜCHER.example', 'lena@bücher.example'],
    ['lena@bu\u0308cher.example', 'lena@bücher.example'],
    ['lena@größe.example', 'lena@größe.example'],
    ['lena@xn--gre-6ka8i.example', 'lena@größe.example'],
    ['  lena@bücher.example\u200B\n', 'lena@bücher.example'],
    ['Lena@Example.COM', 'Lena@Example.COM'],
    ['mi\u212Ae@example.com', 'miKe@example.com'],
    ['lena@127.1', 'lena@127.1'],
    ['lena@１.2.3', 'lena@1.2.3'],
    ['lena@xn--a.example', 'lena@xn--a.example'],
    ['no address', 'no address'],
  ])('%j is stored and shown as %j', (typed, stored) => {
    expect(normalizeEmail(typed)).toBe(stored)
    expect(normalizeEmail(stored)).toBe(stored)
  })

  it.each([
    ['lena@bücher.example', 'lena@xn--bcher-kva.example'],
    ['LENA@xn--bcher-kva.EXAMPLE', 'lena@BÜCHER.example'],
    ['lena@größe.example', 'lena@xn--gre-6ka8i.example'],
    ['lena@faß.de', 'LENA@FAß.DE'],
    ['lena@例え.テスト', 'lena@xn--r8jz45g.xn--zckzah'],
    ['lena@example.com', ' LENA@Example.com '],
  ])('is the same account as %j and as %j', (one, other) => {
    expect(canonicalEmail(one)).toBe(canonicalEmail(other))
    expect(canonicalEmail(canonicalEmail(one))).toBe(canonicalEmail(one))
  })

  it.each([
    ['lena@größe.example', 'lena@grösse.example'],
    ['lena@strasse.example', 'lena@straße.example'],
    ['lena@1.2.3', 'lena@1.2.0.3'],
    ['lena@bücher.example', 'lena@bucher.example'],
  ])('is another account as %j than as %j: DNS has two domains', (one, other) => {
    expect(canonicalEmail(one)).not.toBe(canonicalEmail(other))
  })

  it.each(['/', '?', '#', '\\', '%2f', ':', '\t'])(
    'never becomes another one by a %j in its domain',
    (cut) => {
      const typed = `lena@bank.example.evil.io${cut}ä.example`
      expect(canonicalEmail(typed)).toBe(typed)
      expect(normalizeEmail(typed)).toBe(typed)
    },
  )

  it('has a former key only if no current account can have that key', () => {
    expect(formerCanonicalEmail('lena@xn--bcher-kva.example')).toBe('lena@xn--bcher-kva.example')
    expect(formerCanonicalEmail('lena@bücher.example')).toBeNull()
    expect(formerCanonicalEmail('lena@größe.example')).toBeNull()
    expect(formerCanonicalEmail('lena@example.com')).toBeNull()
  })

  it.each([
    ['mike@example.com', 'mike@EXAMPLE.com', true],
    ['mike@bücher.example', 'mike@xn--bcher-kva.example', true],
    ['mike@example.com', 'Mike@example.com', true],
    // In NFC, the kelvin sign is the letter K.
    ['mike@example.com', 'mi\u212Ae@example.com', true],
    ['zoë@example.com', 'zoe\u0308@example.com', true],
    ['zoë@example.com', 'ZOË@example.com', false],
    ['sam@example.com', '\u017Fam@example.com', false],
    ['straße@example.com', 'strasse@example.com', false],
    ['mike@example.com', '\uFF4Dike@example.com', false],
    ['mike@example.com', 'mike@example.org', false],
  ])('%j proves %j: %s', (one, other, same) => {
    expect(isSameMailbox(one, other)).toBe(same)
  })

  it.each([
    ['ada+notes@example.com', 'ada@example.com'],
    ['ADA+a+b@example.com', 'ada@example.com'],
    ['ada@example.com', 'ada@example.com'],
    ['+ada@example.com', '+ada@example.com'],
  ])('%j has the mail limit of %j', (email, mailbox) => {
    expect(withoutTag(parseEmail(email))).toBe(mailbox)
  })

  it('of any length is checked quickly', () => {
    const long = `a@${'ü'.repeat(100_000)}.example`
    expect(canonicalEmail(long)).toBe(long)
    expect(normalizeEmail(long)).toBe(long)
  })

  it.each([
    ['spaces', ' '],
    ['invisible characters', '\u200B'],
    ['combining marks', '\u0315\u0300'],
  ])('with 60,000 bytes of %s inside is read quickly, and no account has it', async (_, text) => {
    const long = `x${text.repeat(60_000 / Buffer.byteLength(text))}x`
    const spent = await cpuTime(() => {
      expect(parseEmail(long)).toEqual({ text: long, key: '', formerKey: null })
      normalizeEmail(long)
    })
    expect(spent).toBeLessThan(1000)
  })
})
