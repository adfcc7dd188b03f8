import { coversPath, coversPathInAnyCase } from '../../platform/config/access-rules.ts'
import type { SiteAccess, SiteRule } from './site-rules.ts'

/** What is asked of a request. */
export interface MatchedRule {
  readonly allow: SiteAccess
  /** The rule that asks it; `null` if none matches. */
  readonly rule: SiteRule | null
}

/**
 * The first rule that matches; where there is none, users must be signed in. `null` if a site that ignores case would
 * be asked for the path of another rule.
 */
export function matchRule(rules: readonly SiteRule[], path: string): MatchedRule | null {
  const rule = rules.find((one) => coversPath(one.path, path)) ?? null
  const inAnyCase = rules.find((one) => coversPathInAnyCase(one.path, path)) ?? null
  return rule === inAnyCase ? { allow: rule?.allow ?? 'signed-in', rule } : null
}
