/** A clock that runs like the real one, and can be set forward. */
export interface TestClock {
  /** In ms since 1970. */
  now(): number
  /** Sets the clock forward. */
  advance(seconds: number): void
}

export function createTestClock(base: () => number): TestClock {
  let offset = 0
  return {
    now: () => base() + offset,
    advance(seconds) {
      offset += seconds * 1000
    },
  }
}
