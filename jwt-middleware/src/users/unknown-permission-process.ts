/** The message about a name that is not among the defined ones, with the one that was probably meant. */
export function unknownPermission(name: string, names: readonly string[]): string {
  if (names.length === 0) {
    return `There is no permission "${name}": none is defined. Call definePermissions(), and pass the result to auth({ permissions }).`
  }
  const [nearest = ''] = names.toSorted((a, b) => distance(name, a) - distance(name, b))
  const isNear = distance(name, nearest) <= Math.max(2, nearest.length / 3)
  return `There is no permission "${name}". ${
    isNear ? `Did you mean "${nearest}"?` : 'Add it to definePermissions().'
  }`
}

/** How many characters must be added, dropped or replaced (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}
