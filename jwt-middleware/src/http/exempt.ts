/** Dots and slashes, plain or encoded, which a later layer may resolve to another path than the one compared here. */
const AMBIGUOUS = /%(2e|2f|5c|25)|\\|\/\/|\/\.\.?(\/|$)/i

/** Whether a path is exempt; a final `*` of a pattern matches anything. In doubt it is not. */
export function isExempt(path: string, patterns: readonly string[]): boolean {
  if (AMBIGUOUS.test(path)) return false
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern,
  )
}
