import { beforeAll, describe, expect, it } from 'vitest'
import { readRejectionNote } from '../../../jwt-middleware/src/contract/read-rejection-note.ts'
import { writeRejectionNote } from '../../../jwt-middleware/src/contract/rejection-note.ts'
import { accessPayload, NOW, testKey } from '../../support/tokens.ts'

const SAID = { reason: 'not_yet_valid', host: 'app1.example.com', now: NOW }
let tokens: string[]
beforeAll(async () => {
  const key = await testKey('key-1')
  tokens = Array.from({ length: 9 }, () => key.sign(accessPayload()))
})

const [encode, decode] = [
  (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url'),
  (text = '') => JSON.parse(Buffer.from(text, 'base64url').toString()),
]

describe('A note about a rejected token', () => {
  it('can be read with the token', async () => {
    const [token = ''] = tokens
    expect(readRejectionNote(await writeRejectionNote(SAID, [token]), [token])).toEqual(SAID)
  })

  it('reveals nothing without the token, and nothing about it', async () => {
    const [token = '', other = ''] = tokens
    const note = await writeRejectionNote(SAID, [token])
    for (const wrong of [[], [other], [token.slice(0, -1)], ['']])
      expect(readRejectionNote(note, wrong)).toBeNull()
    expect(decode(note.split('.')[0])).toEqual({ v: 1, ...SAID })
    expect(note).not.toContain(token.slice(-20))
  })

  it('is short, and needs no encoding in a URL', async () => {
    const [token = ''] = tokens
    const note = await writeRejectionNote(SAID, [token])
    expect(note.length).toBeLessThan(130)
    expect(encodeURIComponent(note)).toBe(note)
  })

  it('about several tokens can be read with any of them', async () => {
    const some = tokens.slice(0, 4)
    const note = await writeRejectionNote(SAID, [...some, ...some])
    for (const token of some) expect(readRejectionNote(note, ['none', token])).toEqual(SAID)
  })

  it('about very many tokens uses the last ones, since browsers send those of the broadest path last', async () => {
    const note = await writeRejectionNote(SAID, tokens)
    expect(note.length).toBeLessThan(300)
    expect(readRejectionNote(note, tokens.slice(0, 4))).toBeNull()
    for (const token of tokens.slice(4)) expect(readRejectionNote(note, [token])).toEqual(SAID)
  })

  it.each([
    ['other content', ({ text, seal }: Parts) => `${encode({ ...decode(text), reason: 'expired' })}.${seal}`],
    ['another seal', ({ text, seal }: Parts) => `${text}.${seal.slice(0, -2)}AA`],
    ['a shorter seal', ({ text, seal }: Parts) => `${text}.${seal.slice(0, 4)}`],
    ['no seal', ({ text }: Parts) => text],
    ['an empty seal', ({ text }: Parts) => `${text}.`],
    ['nothing', () => ''],
    ['too many members', ({ text, seal }: Parts) => `${text}.${`${'x'.repeat(22)}.`.repeat(40)}${seal}`],
    ['rubbish', () => '%00.ä.💥'],
  ])('with %s is invalid', async (_, change) => {
    const [token = ''] = tokens
    const [text = '', seal = ''] = (await writeRejectionNote(SAID, [token])).split('.')
    expect(readRejectionNote(change({ text, seal }), [token])).toBeNull()
  })

  it.each([
    ['a reason of many words', { ...SAID, reason: '<b>call 0900</b>' }],
    ['no reason', { ...SAID, reason: '' }],
    ['a host with a path', { ...SAID, host: 'evil.example/x y' }],
    ['no host', { host: undefined, reason: 'expired', now: NOW }],
    ['an invalid time', { ...SAID, now: 1.5 }],
    ['no time', { ...SAID, now: '1' }],
  ])('that contains %s is invalid, even from an app that has the token', async (_, said) => {
    const [token = ''] = tokens
    expect(readRejectionNote(await writeRejectionNote(said as never, [token]), [token])).toBeNull()
  })
})

interface Parts {
  readonly text: string
  readonly seal: string
}
