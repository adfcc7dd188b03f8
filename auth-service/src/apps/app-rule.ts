import type { PathRule } from '../platform/config/access-rules.ts'

/** A rule as programs see it, and as it is stored: like those of FORWARD_AUTH_RULES, without a host. */
export type RuleFacts = { readonly path: string } & (
  | { readonly allow: string }
  | { readonly groups: readonly string[] }
  | { readonly permissions: readonly string[] }
)

export const ruleFacts = ({ path, allow }: PathRule): RuleFacts =>
  typeof allow === 'string' ? { path, allow } : { path, ...allow }

/** The value of the column. */
export const rulesToStore = (rules: readonly PathRule[]): string => JSON.stringify(rules.map(ruleFacts))

/** The rules in the column. */
export const storedRules = (column: string): readonly PathRule[] =>
  (JSON.parse(column) as Record<string, unknown>[]).map(
    ({ path, allow, ...names }) => ({ path, allow: allow ?? names }) as PathRule,
  )

/** Rules in one line, for the audit log and for people: `/public/* public; /edit permissions wiki.edit`. */
export const rulesInWords = (rules: readonly PathRule[]): string => rules.map(ruleInWords).join('; ')

function ruleInWords({ path, allow }: PathRule): string {
  if (typeof allow === 'string') return `${path} ${allow}`
  const [[kind, names]] = Object.entries(allow) as [[string, readonly string[]]]
  return `${path} ${kind} ${names.join(', ')}`
}
