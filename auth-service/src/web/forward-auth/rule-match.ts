import { coversPath, coversPathInAnyCase } from '../../platform/config/access-rules.ts'
import type { SiteAccess, SiteRule } from './site-rules.ts'

/** What is asked of a request. */
export interface MatchedRule {
  readonly allow: SiteAccess
  /** The rule that asks it; `null` if none matches. */
  readonly rule: SiteRule | null
}

/**
 * The first rule that matches; where there is none, users must be signed in. `null` if a site that ignores case or
 * accents would be asked for the path of another rule. Throws on paths that are not properly encoded.
 */
export function matchRule(rules: readonly SiteRule[], path: string): MatchedRule | null {
  const loosely = loose(path)
  const rule = rules.find((one) => coversPath(one.path, path)) ?? null
  const loosest = rules.find((one) => coversPathInAnyCase(one.path, loosely)) ?? null
  return rule === loosest ? { allow: rule?.allow ?? 'signed-in', rule } : null
}

/**
 * The path for sites that compare it loosely, as file systems and databases do: without case, accents and invisible
 * characters, and with plain letters in place of compatible ones.
 */
const loose = (path: string): string =>
  path.includes('%')
    ? decodeURIComponent(path)
        .normalize('NFKD')
        .replaceAll(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
        .toUpperCase()
        .toLowerCase()
    : path
