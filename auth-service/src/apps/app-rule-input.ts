import * as v from 'valibot'
import { ACCESS_WORDS, type PathRule, RULE_PATH, type RuleAccess } from '../platform/config/access-rules.ts'
import { type Message, message } from '../platform/i18n/message.ts'
import { readInput, says, type Typed } from '../platform/validation/input.ts'
import { isStorable } from '../platform/validation/storable-text.ts'
import { cleanedName } from '../platform/validation/validators.ts'

/** What a rule can ask for. */
const ACCESSES = [...ACCESS_WORDS, 'groups', 'permissions'] as const

/** Unvalidated input. */
export type RuleInput = Typed<typeof ruleInput>

/** Error messages by field, for the administrator; `rules` is about all of them. */
export type RuleErrors = Partial<Record<keyof RuleInput | 'before' | 'rule' | 'rules', Message>>

export type RuleResult =
  | { readonly ok: true; readonly value: PathRule }
  | { readonly ok: false; readonly errors: RuleErrors }

const MAX_PATH = 300
/** Most groups or permissions of a rule. */
const MOST_NAMES = 20

const PATH = message(
  'Begin with a slash, and use only letters, digits and - . _ ~. End with /* for everything below, for example /admin/*.',
)
const ENCODED = message(
  'Write the path without codes such as %61: requests that spell a path with them are refused anyway.',
)
const NAMES = message('Enter names, separated by commas.')

const path = v.pipe(
  v.string(says(PATH)),
  v.metadata({ pattern: RULE_PATH.source, maxLength: MAX_PATH }),
  v.transform((typed) => typed.trim()),
  v.check((typed) => !typed.includes('%'), says(ENCODED)),
  v.check((typed) => RULE_PATH.test(typed), says(PATH)),
  v.check(
    (typed) => typed.length <= MAX_PATH,
    says(message('Use at most {count} {count:character|characters}.', { count: MAX_PATH })),
  ),
  // It stands for both.
  v.transform((typed) => (typed.length > 1 ? typed.replace(/\/$/, '') : typed)),
)

/** A list, or text with commas. */
const names = v.pipe(
  v.optional(v.any(), []),
  v.metadata({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
  v.transform((typed): unknown => (typeof typed === 'string' ? typed.split(',') : typed)),
  v.array(
    v.pipe(v.string(says(NAMES)), v.check(isStorable, says(NAMES)), v.transform(cleanedName)),
    says(NAMES),
  ),
  v.transform((typed) => [...new Set(typed.filter((name) => name !== ''))]),
  v.maxLength(MOST_NAMES, says(message('Enter at most {count} {count:name|names}.', { count: MOST_NAMES }))),
)

const CHOOSE = message('Choose who may open this path.')

/** The input that describes a rule. Without `allow`, the names say what it asks for. */
export const ruleInput = v.object({
  path,
  allow: v.optional(v.pipe(v.picklist(ACCESSES, says(CHOOSE)))),
  groups: names,
  permissions: names,
})

/** Validates a rule by itself: whether its names exist, and whether it ever counts, is known elsewhere. */
export function readRule(input: RuleInput): RuleResult {
  const read = readInput(ruleInput, input)
  if (!read.ok) return read
  const { path, allow: given, groups, permissions } = read.value
  const allow = given ?? (groups.length > 0 ? 'groups' : permissions.length > 0 ? 'permissions' : null)
  if (allow === null) return { ok: false, errors: { allow: CHOOSE } }
  const named = { groups, permissions }
  for (const kind of ['groups', 'permissions'] as const) {
    if (allow === kind && named[kind].length === 0) return { ok: false, errors: { [kind]: NAMES } }
    // Otherwise a path would be open to more users than the names suggest.
    if (allow !== kind && named[kind].length > 0) return { ok: false, errors: { [kind]: UNUSED[kind] } }
  }
  return { ok: true, value: { path, allow: accessOf(allow, named) } }
}

const UNUSED = {
  groups: message('Choose “Members of groups” above, or leave this empty.'),
  permissions: message('Choose “People with permissions” above, or leave this empty.'),
}

function accessOf(
  allow: (typeof ACCESSES)[number],
  { groups, permissions }: { readonly groups: readonly string[]; readonly permissions: readonly string[] },
): RuleAccess {
  if (allow === 'groups') return { groups }
  return allow === 'permissions' ? { permissions } : allow
}
