/** The same values in random order. */
export const shuffled = <Value>(values: readonly Value[]): Value[] =>
  values
    .map((value) => [Math.random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value)
