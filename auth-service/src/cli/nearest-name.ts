/** The name that is typed with the fewest changes; `null` if every one of them looks different. */
export function nearestName(typed: string, names: readonly string[]): string | null {
  const ranked = names
    .map((name) => ({ name, distance: changesBetween(typed, name) }))
    .sort((one, other) => one.distance - other.distance)
  const [best] = ranked
  return best && best.distance <= Math.max(1, Math.floor(typed.length / 3)) ? best.name : null
}

/** How many letters to insert, remove or replace (Levenshtein). */
function changesBetween(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [row, letter] of [...one].entries()) {
    const now = [row + 1]
    for (const [at, wanted] of [...other].entries()) {
      const replaced = (before[at] ?? 0) + (letter === wanted ? 0 : 1)
      now.push(Math.min(replaced, (before[at + 1] ?? 0) + 1, (now[at] ?? 0) + 1))
    }
    before = now
  }
  return before.at(-1) ?? 0
}
