import { and, eq, sql } from 'drizzle-orm'
import type { Actor, Audit } from '../events/audit-log.ts'
import type { Revocations } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import { hidingRule, type PathRule } from '../platform/config/access-rules.ts'
import type { Config } from '../platform/config/config.ts'
import { coversHost } from '../platform/config/forward-auth-rules.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import { type Message, message } from '../platform/i18n/message.ts'
import { rulesInWords, rulesToStore } from './app-rule.ts'
import { type RuleErrors, type RuleInput, readRule } from './app-rule-input.ts'
import type { App, AppChangedMeanwhile, Apps, AppsSeen } from './apps.ts'
import { createRuleNames, type KnownNames } from './rule-names.ts'

/** A changed app, or why nothing was changed; `null` if the app does not exist. */
export type RulesOutcome =
  | { readonly ok: true; readonly value: App }
  | { readonly ok: false; readonly errors: RuleErrors }
  | AppChangedMeanwhile
  | null

/** How administrators change the rules of an app: `id` is the app's, and `seen` whether it still is as it was shown. */
export interface RulesEdit {
  readonly id: number
  readonly by: Actor
  readonly seen?: AppsSeen
}

/**
 * Who may open which path of a registered app behind a proxy, for forward auth. The rules of FORWARD_AUTH_RULES count
 * first, then those of the app in their order, and where none matches, all signed-in users pass. Every process applies a
 * change within a second. A rule is found by its path. Every method throws on an outage.
 */
export interface AppRules {
  /** Adds a rule before that of the path `before`, by default at the end. */
  add(edit: RulesEdit, input: RuleInput, before?: unknown): Promise<RulesOutcome>
  /** Replaces a rule in its place. */
  change(edit: RulesEdit, rule: unknown, input: RuleInput): Promise<RulesOutcome>
  /** Puts a rule before that of the path `before`, by default at the end. */
  move(edit: RulesEdit, rule: unknown, before?: unknown): Promise<RulesOutcome>
  remove(edit: RulesEdit, rule: unknown): Promise<RulesOutcome>
  /** Replaces all of them by this list of inputs. */
  replace(edit: RulesEdit, inputs: unknown): Promise<RulesOutcome>
  namesFor(app: App): Promise<KnownNames>
}

/** Most rules of an app. */
const MOST_RULES = 50

const TOO_MANY = message('An app can have at most {count} rules.', { count: MOST_RULES })
const TAKEN = message('There is a rule for this path already. Change that one.')
const NO_LIST = message('Send a list of rules, each with a path.')
const NO_RULE = message('There is no rule for this path.')

export interface AppRulesOptions {
  readonly config: Pick<Config, 'forwardAuthRules'>
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
  readonly apps: Pick<Apps, 'list' | 'reload'>
  readonly now: () => number
}

type Edited = { readonly ok: true; readonly value: readonly PathRule[] } | Refused
interface Refused {
  readonly ok: false
  readonly errors: RuleErrors
}
const refused = (errors: RuleErrors): Refused => ({ ok: false, errors })

/** The rules in the database, in the row of their app. */
export function createAppRules(options: AppRulesOptions): AppRules {
  const { config, database, audit, revocations, apps, now } = options
  const table = database.apps
  const names = createRuleNames(options)

  async function save(app: App, rules: readonly PathRule[], by: Actor): Promise<RulesOutcome> {
    // They count at its origins, so that those must not change meanwhile either.
    const which = and(
      eq(table.id, app.id),
      eq(table.rules, rulesToStore(app.rules)),
      eq(table.origins, JSON.stringify(app.origins)),
    )
    const details = {
      app: app.name,
      app_id: app.id,
      before: { rules: rulesInWords(app.rules) },
      after: { rules: rulesInWords(rules) },
    }
    const results = await revocations.publish((handle) => [
      ...lockRows(database, table, eq(table.id, app.id)),
      audit.step(
        { event: 'app_rules_changed', subject: null, actor: by.uuid, sid: null, device: by.device, details },
        sql`FROM ${table} WHERE ${which}`,
      ),
      revocations.entries.appsChanged(which),
      handle
        .update(table)
        .set({ rules: rulesToStore(rules), changedAt: unixTime(now) })
        .where(which)
        .returning({ id: table.id }),
    ])
    await apps.reload()
    const current = apps.list().find(({ id }) => id === app.id)
    if (!current) return null
    return results.at(-1)?.length === 1 ? { ok: true, value: current } : { ok: false, now: current }
  }

  async function edit(
    { id, by, seen = () => true }: RulesEdit,
    change: (app: App) => Edited | Promise<Edited>,
  ): Promise<RulesOutcome> {
    await apps.reload()
    const app = apps.list().find((one) => one.id === id)
    if (!app) return null
    if (!seen(app)) return { ok: false, now: app }
    const edited = await change(app)
    if (!edited.ok) return edited
    const { value: rules } = edited
    if (rules.length > MOST_RULES) return refused({ rules: TOO_MANY })
    const hidden = hiddenIn(rules)
    if (hidden !== null) return refused({ rules: hidden })
    return rulesToStore(rules) === rulesToStore(app.rules) ? { ok: true, value: app } : save(app, rules, by)
  }

  /** A rule for this app, if its names exist and no rule of the file hides it. */
  async function read(app: App, input: RuleInput) {
    const rule = readRule(input)
    if (!rule.ok) return rule
    const unknown = await names.problemIn(app, rule.value)
    if (unknown) return unknown
    const hiding = hiddenByFile(config.forwardAuthRules.rules, app, rule.value)
    return hiding === null ? rule : refused({ path: hiding })
  }

  const placeOf = (rules: readonly PathRule[], before: unknown): number =>
    before === undefined || before === '' ? rules.length : rules.findIndex(({ path }) => path === before)

  return {
    add: (given, input, before) =>
      edit(given, async (app) => {
        const rule = await read(app, input)
        if (!rule.ok) return rule
        if (hasPath(app.rules, rule.value)) return refused({ path: TAKEN })
        const place = placeOf(app.rules, before)
        if (place === -1) return refused({ before: NO_RULE })
        return { ok: true, value: app.rules.toSpliced(place, 0, rule.value) }
      }),
    change: (given, path, input) =>
      edit(given, async (app) => {
        const place = app.rules.findIndex((rule) => rule.path === path)
        if (place === -1) return refused({ rule: NO_RULE })
        const rule = await read(app, input)
        if (!rule.ok) return rule
        if (hasPath(app.rules.toSpliced(place, 1), rule.value)) return refused({ path: TAKEN })
        return { ok: true, value: app.rules.with(place, rule.value) }
      }),
    move: (given, path, before) =>
      edit(given, (app) => {
        const rule = app.rules.find((one) => one.path === path)
        if (!rule) return refused({ rule: NO_RULE })
        const others = app.rules.filter((one) => one !== rule)
        const place = before === path ? app.rules.indexOf(rule) : placeOf(others, before)
        if (place === -1) return refused({ before: NO_RULE })
        return { ok: true, value: others.toSpliced(place, 0, rule) }
      }),
    remove: (given, path) =>
      edit(given, (app) => {
        const rules = app.rules.filter((rule) => rule.path !== path)
        return rules.length < app.rules.length ? { ok: true, value: rules } : refused({ rule: NO_RULE })
      }),
    replace: (given, inputs) =>
      edit(given, async (app) => {
        if (!isList(inputs)) return refused({ rules: NO_LIST })
        if (inputs.length > MOST_RULES) return refused({ rules: TOO_MANY })
        const rules: PathRule[] = []
        for (const [at, input] of inputs.entries()) {
          const rule = await read(app, input)
          if (!rule.ok) return refused({ rules: problemOfRule(at + 1, rule.errors) })
          rules.push(rule.value)
        }
        return { ok: true, value: rules }
      }),
    namesFor: names.knownTo,
  }
}

const isList = (inputs: unknown): inputs is readonly RuleInput[] =>
  Array.isArray(inputs) && inputs.every((input) => typeof input === 'object' && input !== null)

const hasPath = (rules: readonly PathRule[], { path }: PathRule): boolean =>
  rules.some((rule) => rule.path === path)

const problemOfRule = (number: number, errors: RuleErrors): Message =>
  message('Rule {number}: {problem}', { number, problem: Object.values(errors).map(String).join(' ') })

/** Whether a rule never applies since an earlier one matches all of its paths, in any case of letters. */
function hiddenIn(rules: readonly PathRule[]): Message | null {
  for (const [at, rule] of rules.entries()) {
    const hiding = rules[hidingRule(rules.slice(0, at), rule)]
    if (hiding) {
      return message(
        'The rule for {path} would never apply: the rule for {other} above it already matches.',
        {
          path: rule.path,
          other: hiding.path,
        },
      )
    }
  }
  return null
}

/** Whether a rule does not count at an origin of its app, since one of the file matches all of its paths there. */
export function hiddenByFile(
  fileRules: Config['forwardAuthRules']['rules'],
  { origins }: Pick<App, 'origins'>,
  rule: PathRule,
): Message | null {
  for (const origin of origins) {
    const host = new URL(origin).hostname
    const ofHost = fileRules.filter((one) => coversHost(one.host, host))
    const hiding = ofHost[hidingRule(ofHost, rule)]
    if (hiding) {
      return message(
        'A rule of FORWARD_AUTH_RULES for {other} decides this at {host}, and applies first. Change that file instead.',
        { other: hiding.path, host },
      )
    }
  }
  return null
}
