import { readFile } from 'node:fs/promises'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { ruleFacts } from '../../apps/app-rule.ts'
import type { RuleInput } from '../../apps/app-rule-input.ts'
import type { RulesOutcome } from '../../apps/app-rules.ts'
import type { App } from '../../apps/apps.ts'
import { OPERATOR } from '../../events/audit-log.ts'
import type { PathRule } from '../../platform/config/access-rules.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import type { Service } from '../../service.ts'
import { asJson, type Given, JSON_OPTION, type Outcome, type ServiceCommand, table } from '../command.ts'
import { findApp } from '../find-registered-app.ts'

const WHO = '--allow public|signed-in|staff | --group NAME … | --permission NAME …'
const WHO_OPTIONS = {
  allow: { type: 'string' },
  group: { type: 'string', multiple: true },
  permission: { type: 'string', multiple: true },
} as const

const list: ServiceCommand = {
  usage: 'APP [--json]',
  summary:
    'lists who may open which path of a registered app behind a proxy; the first rule that matches applies',
  operands: 1,
  options: JSON_OPTION,
  async run({ apps, config }, { operands: [which = ''], options }) {
    const found = findApp(apps, which)
    if (!found.ok) return found
    const { name, rules } = found.value
    if (options.json) return success(asJson(rules.map(ruleFacts)))
    const note = config.forwardAuthProxy === undefined ? `\n${UNUSED}` : ''
    if (rules.length === 0) {
      return success(
        `${name} has no rules: all signed-in users may open it. Add one: latchkey apps rules add ${shellWord(name)} '/admin/*' --allow staff${note}`,
      )
    }
    return success(rulesTable(rules) + note)
  },
}

const UNUSED = 'No proxy asks for rules: FORWARD_AUTH_PROXY is not set.'

const add: ServiceCommand = {
  usage: `APP PATH ${WHO} [--before PATH]`,
  summary:
    'adds a rule, at the end or before that of another path; running services apply it within a second',
  operands: 2,
  options: { ...WHO_OPTIONS, before: { type: 'string' } },
  run: (service, given) =>
    edit(service, given, ({ appRules }, { id }) =>
      appRules.add({ id, by: OPERATOR }, inputOf(given, given.operands[1]), given.options.before),
    ),
}

const change: ServiceCommand = {
  usage: `APP PATH ${WHO}`,
  summary: 'changes who may open the path of a rule, which keeps its place',
  operands: 2,
  options: WHO_OPTIONS,
  run: (service, given) =>
    edit(service, given, ({ appRules }, { id }) =>
      appRules.change({ id, by: OPERATOR }, given.operands[1], inputOf(given, given.operands[1])),
    ),
}

const move: ServiceCommand = {
  usage: 'APP PATH [--before PATH]',
  summary: 'moves a rule to the end, or before that of another path',
  operands: 2,
  options: { before: { type: 'string' } },
  run: (service, given) =>
    edit(service, given, ({ appRules }, { id }) =>
      appRules.move({ id, by: OPERATOR }, given.operands[1], given.options.before),
    ),
}

const remove: ServiceCommand = {
  usage: 'APP PATH | APP --all',
  summary: 'removes a rule, or all of them: where none is left, all signed-in users may open the path',
  operands: [1, 2],
  options: { all: { type: 'boolean' } },
  async run(service, given) {
    const [, path] = given.operands
    if ((path === undefined) !== (given.options.all === true)) {
      return failure('Pass the path of one rule (see "latchkey apps rules list"), or --all.')
    }
    return edit(service, given, ({ appRules }, { id }) =>
      path === undefined
        ? appRules.replace({ id, by: OPERATOR }, [])
        : appRules.remove({ id, by: OPERATOR }, path),
    )
  },
}

const replace: ServiceCommand = {
  usage: 'APP FILE',
  summary:
    'replaces all rules of an app at once by those in a JSON file, a list like the rules of FORWARD_AUTH_RULES, but without hosts',
  operands: 2,
  async run(service, given) {
    const rules = await readRules(given.operands[1] ?? '')
    if (!rules.ok) return rules
    return edit(service, given, ({ appRules }, { id }) => appRules.replace({ id, by: OPERATOR }, rules.value))
  },
}

/** Changes the rules of the app that is named first, and prints them. */
async function edit(
  service: Service,
  { operands: [which = ''] }: Given,
  change: (service: Service, app: App) => Promise<RulesOutcome>,
): Promise<Outcome> {
  const found = findApp(service.apps, which)
  if (!found.ok) return found
  const { name } = found.value
  const outcome = await change(service, found.value)
  if (!outcome) return failure(`Someone has just removed ${name}.`)
  if (outcome.ok) {
    const { rules } = outcome.value
    return success(rules.length === 0 ? `${name} has no rules now.` : rulesTable(rules))
  }
  return failure(
    'now' in outcome
      ? `Someone else has just changed the rules of ${name}. Nothing was saved: look at them, and try again.`
      : Object.values(outcome.errors).map(String).join(' '),
  )
}

const rulesTable = (rules: readonly PathRule[]): string =>
  table(
    ['PATH', 'WHO'],
    rules.map(({ path, allow }) => [path, whoPasses(allow)]),
  )

function whoPasses(allow: PathRule['allow']): string {
  if (typeof allow === 'string') return allow
  return 'groups' in allow
    ? `groups: ${allow.groups.join(', ')}`
    : `permissions: ${allow.permissions.join(', ')}`
}

const inputOf = ({ options: { allow, group, permission } }: Given, path: string | undefined): RuleInput => ({
  path,
  allow,
  groups: group,
  permissions: permission,
})

async function readRules(file: string): Promise<Result<unknown, string>> {
  try {
    return success(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    return failure(
      error instanceof SyntaxError
        ? `${file} is not JSON. Write a list such as [{ "path": "/admin/*", "allow": "staff" }].`
        : `${file} can't be read: ${(error as Error).message}.`,
    )
  }
}

export const appRulesCommands = { list, add, change, move, remove, replace }
