import fc from 'fast-check'

/** `CORPORA=all` takes all texts, which takes minutes. */
export const takesAll = process.env.CORPORA === 'all'

/** Decides which texts are taken; the titles of the tests print it. */
export const SEED = Number(process.env.CORPORA_SEED || 20_261)
if (!Number.isSafeInteger(SEED)) throw new Error('CORPORA_SEED must be a whole number.')

/** At most that many of the texts, shuffled: the same ones for the same seed and turn. */
export function sample(texts: readonly string[], count: number, turn = 0): readonly string[] {
  const length = takesAll ? texts.length : Math.min(count, texts.length)
  const some = fc.shuffledSubarray([...texts], { minLength: length, maxLength: length })
  return fc.sample(some, { seed: SEED + turn, numRuns: 1 })[0] ?? []
}
