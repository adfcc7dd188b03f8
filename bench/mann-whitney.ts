/**
 * The two-sided Mann-Whitney U test by the normal approximation, with ties halved, valid from about 20 samples. The
 * effect size is the share of pairs in which the first is greater: 0.5 for no effect.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): { p: number; greater: number } {
  let u = 0
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0
  const pairs = a.length * b.length
  const deviation = Math.sqrt((pairs * (a.length + b.length + 1)) / 12)
  const z = Math.abs(u - pairs / 2) / deviation
  return { p: 2 * (1 - normal(z)), greater: u / pairs }
}

/** The standard normal distribution's share below z, to 7 digits (Abramowitz and Stegun, 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = terms.reduce((total, factor, i) => total + factor * t ** (i + 1), 0)
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}
