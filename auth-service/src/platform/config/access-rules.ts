/** Who passes: everyone, users, staff, members of one of these groups, or users with all these permissions. */
export type RuleAccess =
  | 'public'
  | 'signed-in'
  | 'staff'
  | { readonly groups: readonly string[] }
  | { readonly permissions: readonly string[] }

/** Who may open a path. */
export interface PathRule {
  /** A path, which also stands for itself with a slash at the end, or a path and `/*` for everything below it, too. */
  readonly path: string
  readonly allow: RuleAccess
}

/** The accesses that are a word. */
export const ACCESS_WORDS = ['public', 'signed-in', 'staff'] as const

/** Unreserved characters alone (RFC 3986, section 2.3), which are written in one way only. */
export const RULE_PATH = /^(?=\/)(\/\.?[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*(\/\*?)?$/

/** Whether a rule's path matches a path, or all that another rule's path matches. */
export function coversPath(pattern: string, path: string): boolean {
  if (!pattern.endsWith('/*')) return withoutSlash(pattern) === withoutSlash(path)
  const folder = pattern.slice(0, -2)
  return path === folder || path.startsWith(`${folder}/`)
}

/** The same for a site that ignores case. */
export const coversPathInAnyCase = (pattern: string, path: string): boolean =>
  coversPath(pattern.toLowerCase(), path.toLowerCase())

const withoutSlash = (path: string): string => path.replace(/\/$/, '')

/**
 * Index of the earlier rule that hides this one, since it matches every path that this one matches; -1 if none does. That
 * is a mistake: the later one may be the one that was meant to protect.
 */
export const hidingRule = (
  earlier: readonly Pick<PathRule, 'path'>[],
  { path }: Pick<PathRule, 'path'>,
): number => earlier.findIndex((rule) => coversPathInAnyCase(rule.path, path))
