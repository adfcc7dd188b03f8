/** A parsed stored hash, complete and cheap enough to check. */
export interface StoredHash {
  /** Its cost in the hasher's own format: if it is not the preferred one, the hash is replaced. */
  readonly cost: string
  /** Takes as long as the cost demands, synchronously: for worker threads only. */
  matches(password: string): boolean
}

/** One of Django's password formats, `algorithm$…`. */
export interface Hasher {
  readonly algorithm: string
  /** Parses what follows `algorithm$`; `null` if it is malformed, `too_costly` if its cost exceeds the maximum. */
  read(rest: string): StoredHash | 'too_costly' | null
}

/** A hasher for new hashes, with its current cost. */
export interface PreferredHasher extends Hasher {
  readonly cost: string
  /** A decoy hash: with the cost of a real one, and without a known password. */
  readonly dummy: string
  /** The complete stored form, with a new salt; as slow as `matches`. */
  hash(password: string): string
}
