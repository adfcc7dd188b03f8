/** Seed of everything random: `FAULTS_SEED`, or a constant. */
const seed = Number(process.env.FAULTS_SEED || 20_261)
const many = process.env.FAULTS_ROUNDS === 'many'
if (!Number.isSafeInteger(seed))
  throw new Error(`FAULTS_SEED is "${process.env.FAULTS_SEED}". Set it to a whole number`)

/** Reproducible random numbers. */
export interface Random {
  /** From 0 up to, but excluding, 1. */
  next(): number
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number
  pick<Item>(items: readonly Item[]): Item
}

/** The parameters of a fault test run. */
export const faults = {
  seed,
  many,
  /** How often to repeat: `few` in `npm test`, `many` in `npm run test:faults`. */
  rounds: (few: number, most: number): number => (many ? most : few),
  /** One generator per test, so that each can run alone with the same numbers. */
  random: (name: string): Random => createRandom(`${seed} ${name}`),
}

/** mulberry32, seeded by FNV-1a. */
function createRandom(text: string): Random {
  let state = 0x811c9dc5
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return { next, whole, pick: (items) => items[whole(0, items.length - 1)] as (typeof items)[number] }
}
