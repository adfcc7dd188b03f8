import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFairLine, type Sender } from '../../../jwt-middleware/src/api-tokens/fair-line.ts'

const PATIENCE = 2_000

/** A line whose work goes on until it is told to end. */
function open(options: { most: number; longest: number }) {
  const line = createFairLine({ ...options, patience: PATIENCE })
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const refused: string[] = []
  const come = (name: string, sender: Sender = [name.slice(0, 1), '']) =>
    void line
      .run(sender, () => {
        started.push(name)
        return new Promise<true>((resolve) => ends.set(name, () => resolve(true)))
      })
      .then((result) => {
        if (result === null) refused.push(name)
      })
  const settle = () => vi.advanceTimersByTimeAsync(0)
  async function end(name: string) {
    ends.get(name)?.()
    await settle()
  }
  return { come, end, settle, started, refused }
}

describe('A fair line', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('lets as many work at a time as it says, and the others one after the other', async () => {
    const { come, end, started, refused } = open({ most: 2, longest: 10 })
    for (const name of ['a1', 'a2', 'a3', 'a4']) come(name)
    expect(started).toEqual(['a1', 'a2'])
    await end('a2')
    expect(started).toEqual(['a1', 'a2', 'a3'])
    await end('a1')
    await end('a3')
    expect(started).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(refused).toEqual([])
  })

  it('gives each address its turn, also if another one has come with many', async () => {
    const { come, end, started } = open({ most: 1, longest: 100 })
    for (let i = 0; i < 50; i++) come(`a${i}`)
    for (const name of ['b0', 'b1', 'c0']) come(name)
    for (let i = 0; i < 6; i++) await end(started.at(-1) as string)
    expect(started).toEqual(['a0', 'a1', 'b0', 'c0', 'a2', 'b1', 'a3'])
  })

  it('tells apart who is behind a proxy, and gives the proxy no more turns for it', async () => {
    const { come, end, started } = open({ most: 1, longest: 100 })
    come('first', ['proxy', ''])
    for (let i = 0; i < 20; i++) come(`x${i}`, ['proxy', 'x'])
    come('y0', ['proxy', 'y'])
    // A program that reaches the app directly can invent who is behind it.
    for (let i = 0; i < 20; i++) come(`liar${i}`, ['liar', String(i)])
    for (let i = 0; i < 5; i++) await end(started.at(-1) as string)
    expect(started).toEqual(['first', 'x0', 'liar0', 'y0', 'liar1', 'x1'])
  })

  it('refuses what waited too long, and nothing twice', async () => {
    const { come, end, settle, started, refused } = open({ most: 1, longest: 10 })
    for (const name of ['a1', 'a2', 'b1']) come(name)
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    expect(refused).toEqual([])
    await end('a1')
    await vi.advanceTimersByTimeAsync(1)
    expect([started, refused]).toEqual([['a1', 'a2'], ['b1']])
    await end('a2')
    come('b2')
    await settle()
    expect(started).toEqual(['a1', 'a2', 'b2'])
  })

  it('refuses at once if it is full: the one who has the most in it', async () => {
    const { come, settle, started, refused } = open({ most: 1, longest: 4 })
    for (const name of ['a0', 'a1', 'a2', 'a3', 'a4']) come(name)
    come('a5')
    await settle()
    expect(refused).toEqual(['a5'])
    come('b1')
    await settle()
    expect(refused).toEqual(['a5', 'a4'])
    come('c1')
    await settle()
    expect(refused).toEqual(['a5', 'a4', 'a3'])
    come('d1')
    await settle()
    expect(refused, 'all have one or two').toEqual(['a5', 'a4', 'a3', 'a2'])
    come('b2')
    await settle()
    expect(refused).toEqual(['a5', 'a4', 'a3', 'a2', 'b2'])
    expect(started).toEqual(['a0'])
  })

  it('goes on after work that fails', async () => {
    const line = createFairLine({ most: 1, longest: 4, patience: PATIENCE })
    const broken = line.run(['a', ''], () => Promise.reject(new Error('broken')))
    const next = line.run(['a', ''], async () => 'done')
    await expect(broken).rejects.toThrow('broken')
    expect(await next).toBe('done')
  })
})
