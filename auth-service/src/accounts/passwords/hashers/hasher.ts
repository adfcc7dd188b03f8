/** A stored hash that was taken apart, found whole, and cheap enough to be compared with. */
export interface StoredHash {
  /** What it costs, in the hasher's own words: another than the preferred one is to be replaced. */
  readonly cost: string
  /** Takes as long as the cost says, synchronously: for worker threads alone. */
  matches(password: string): boolean
}

/** One of the ways in which Django stores passwords, as `algorithm$…`. */
export interface Hasher {
  readonly algorithm: string
  /** What follows `algorithm$`; `null` where that is malformed, `too_costly` where it costs more than we spend on it. */
  read(rest: string): StoredHash | 'too_costly' | null
}

/** A hasher that new hashes are made with, at its current cost. */
export interface PreferredHasher extends Hasher {
  readonly cost: string
  /** Nobody's hash: it costs what a real one costs, and nothing is known to match it. */
  readonly dummy: string
  /** The whole of what is stored, with a new salt; as slow as `matches`. */
  hash(password: string): string
}
