/** Creates that many, all at once. */
export const times = <Value>(count: number, make: (index: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

/** Creates that many, a few at a time. */
export async function inBatches<Value>(
  count: number,
  size: number,
  make: (index: number) => Promise<Value>,
): Promise<Value[]> {
  const made: Value[] = []
  while (made.length < count) {
    const begun = made.length
    made.push(...(await times(Math.min(size, count - begun), (i) => make(begun + i))))
  }
  return made
}
