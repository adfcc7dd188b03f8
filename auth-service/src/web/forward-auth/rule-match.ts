import {
  coversHost,
  coversPath,
  type ForwardAuthRule,
  type RuleAccess,
} from '../../platform/config/forward-auth-rules.ts'

/** What is asked of a request, and by which rule. */
export interface MatchedRule {
  readonly allow: RuleAccess
  /** Its number in the file, from 1; 0 if no rule matches. */
  readonly number: number
}

/**
 * The first rule that matches; where there is none, users must be signed in. `null` if an upstream that ignores case
 * would be asked for the path of another rule.
 */
export function matchRule(rules: readonly ForwardAuthRule[], host: string, path: string): MatchedRule | null {
  const inAnyCase = path.toLowerCase()
  const find = (fits: (rule: ForwardAuthRule) => boolean): number =>
    rules.findIndex((rule) => coversHost(rule.host, host) && fits(rule))
  const found = find((rule) => coversPath(rule.path, path))
  if (find((rule) => coversPath(rule.path.toLowerCase(), inAnyCase)) !== found) return null
  return { allow: rules[found]?.allow ?? 'signed-in', number: found + 1 }
}
