/** Counts of requests since the start. */
export interface Metrics {
  /** Requests with a cached token. */
  readonly hits: number
  /** Tokens with a verified signature. */
  readonly verified: number
  /** Sessions renewed in line. */
  readonly renewed: number
  /** Rejected tokens, by reason. */
  readonly refused: Readonly<Record<string, number>>
}

export function createMetrics() {
  /** What is counted all the time. */
  const count = { hits: 0, verified: 0, renewed: 0, expired: 0 }
  const refused: Record<string, number> = {}
  return {
    count,
    reject(reason: string): void {
      refused[reason] = (refused[reason] ?? 0) + 1
    },
    read(): Metrics {
      const { expired, ...others } = count
      return { ...others, refused: { ...(expired > 0 && { expired }), ...refused } }
    },
  }
}
