import { describe, expect, it } from 'vitest'
import { createKnownDevices, MARK_LIFETIME } from '../../auth-service/src/known-devices.ts'
import { NOW } from '../support/tokens.ts'
import { SECRET_KEY } from './support/services.ts'

const OTHER_SECRET = 'another secret of the tests, of nobody else'

function open(secretKey = SECRET_KEY, secretKeyFallbacks: readonly string[] = []) {
  let clock = NOW * 1000
  const devices = createKnownDevices({ secretKey, secretKeyFallbacks, now: () => clock })
  return {
    ...devices,
    wait(seconds: number) {
      clock += seconds * 1000
    },
  }
}

describe('a mark', () => {
  it('is recognised for the e-mail it was made for, however that is written, and for no other', () => {
    const { mark, recognise } = open()
    const mine = mark('Ada@Example.com')
    expect(recognise('ada@example.COM', [mine])).toMatch(/^[\w-]{16}$/)
    expect(recognise('grace@example.com', [mine])).toBeNull()
    expect(recognise('', [mine])).toBeNull()
  })

  it('tells nobody whose it is, and is another each time', () => {
    const { mark, recognise } = open()
    const marks = Array.from({ length: 50 }, () => mark('ada@example.com'))
    expect(new Set(marks.map((one) => recognise('ada@example.com', [one]))).size).toBe(50)
    expect(marks.join()).not.toMatch(/ada|example/)
  })

  it('is found among others', () => {
    const { mark, recognise } = open()
    const marks = [mark('grace@example.com'), 'rubbish', mark('ada@example.com')]
    expect(recognise('ada@example.com', marks)).toBe(marks[2]?.slice(0, 16))
  })

  it('counts for a year', () => {
    const { mark, recognise, wait } = open()
    const mine = mark('ada@example.com')
    wait(MARK_LIFETIME - 1)
    expect(recognise('ada@example.com', [mine])).not.toBeNull()
    wait(1)
    expect(recognise('ada@example.com', [mine])).toBeNull()
  })

  it('outlives a change of SECRET_KEY that names the old one, and no other', () => {
    const mine = open().mark('ada@example.com')
    expect(open(OTHER_SECRET, [SECRET_KEY]).recognise('ada@example.com', [mine])).not.toBeNull()
    expect(open(OTHER_SECRET).recognise('ada@example.com', [mine])).toBeNull()
  })

  it('with any character changed, added or left out is worth nothing', () => {
    const { mark, recognise } = open()
    const mine = mark('ada@example.com')
    // The last character of the seal has four bits that say nothing.
    for (let at = 0; at < mine.length - 1; at++) {
      const other = mine[at] === 'x' ? 'y' : 'x'
      expect(recognise('ada@example.com', [mine.slice(0, at) + other + mine.slice(at + 1)])).toBeNull()
      expect(recognise('ada@example.com', [mine.slice(0, at) + mine.slice(at + 1)])).toBeNull()
    }
    for (const rubbish of ['', '..', `${mine}x`, `${mine}.x`, `x${mine}`, 'x'.repeat(10_000)]) {
      expect(recognise('ada@example.com', [rubbish])).toBeNull()
    }
  })
})
