/** What became of requests since the start. */
export interface Counters {
  /** Requests whose token was known already. */
  readonly hits: number
  /** Tokens whose signature was checked and found good. */
  readonly verified: number
  /** Sessions that were renewed in line. */
  readonly renewed: number
  /** Tokens that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>
}

export function createCounters() {
  const count = { hits: 0, verified: 0, renewed: 0 }
  const refused: Record<string, number> = {}
  return {
    count,
    refuse(reason: string): void {
      refused[reason] = (refused[reason] ?? 0) + 1
    },
    read: (): Counters => ({ ...count, refused: { ...refused } }),
  }
}
