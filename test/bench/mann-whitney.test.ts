import { describe, expect, it } from 'vitest'
import { mannWhitney } from '../../bench/mann-whitney.ts'

const from = (least: number, count: number) => Array.from({ length: count }, (_, i) => least + i)

describe('The Mann-Whitney U test', () => {
  // Results of Python's statistics.NormalDist for the same U.
  it.each([
    ['two equal samples', from(0, 20), from(0, 20), 1, 0.5],
    ['two overlapping samples', from(0, 20), from(5.5, 20), 0.01017694, 0.2625],
    ['two samples with ties, of different sizes', from(2, 30), from(0, 25), 0.06179122, 0.64733333],
    ['two separate samples', from(0, 20), from(100, 20), 6.3e-8, 0],
  ])('distinguishes %s as well as it should', (_, a, b, p, greater) => {
    const found = mannWhitney(a, b)
    expect(found.p).toBeCloseTo(p, 6)
    expect(found.greater).toBeCloseTo(greater, 8)
  })

  it('is symmetric, and independent of the scale', () => {
    const [a, b] = [from(0, 20), from(5.5, 20)]
    const { p, greater } = mannWhitney(a, b)
    expect(mannWhitney(b, a)).toEqual({ p, greater: 1 - greater })
    expect(mannWhitney(a.map(Math.exp), b.map(Math.exp))).toEqual({ p, greater })
  })

  it('finds a false difference in one of a hundred cases, and a real one nearly always', () => {
    const random = seeded(20_270_115)
    const sample = (more: number) => Array.from({ length: 100 }, () => random() + more)
    const share = (more: number) =>
      Array.from({ length: 1000 }, () => mannWhitney(sample(more), sample(0)).p < 0.01).filter(Boolean)
        .length / 1000
    expect(share(0)).toBeLessThan(0.02)
    expect(share(0)).toBeGreaterThan(0.002)
    expect(share(0.25)).toBeGreaterThan(0.98)
  })
})

/** Reproducible numbers from 0 to 1 (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
