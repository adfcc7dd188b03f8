import { readFileSync } from 'node:fs'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { redact } from '../validation/redact.ts'
import {
  ACCESS_WORDS,
  coversPathInAnyCase,
  type PathRule,
  RULE_PATH,
  type RuleAccess,
} from './access-rules.ts'

/** The proxies that may ask at `/forward-auth`. */
export const FORWARD_AUTH_PROXIES = ['nginx', 'caddy', 'traefik', 'haproxy', 'apache'] as const

/** Which proxy asks at `/forward-auth`: each describes the original request in headers of its own. */
export type ForwardAuthProxy = (typeof FORWARD_AUTH_PROXIES)[number]

/** One rule of FORWARD_AUTH_RULES. */
export interface ForwardAuthRule extends PathRule {
  /** A host, `*.` and a domain for all hosts below it, or `*` for every host. */
  readonly host: string
}

/** The file of FORWARD_AUTH_RULES. */
export interface ForwardAuthRules {
  /** In order: the first that matches applies. */
  readonly rules: readonly ForwardAuthRule[]
  /** The groups that have each permission. */
  readonly permissions: Readonly<Record<string, readonly string[]>>
}

/** Without a file, every user passes everywhere. */
const NO_RULES: ForwardAuthRules = { rules: [], permissions: {} }

const EXAMPLE = '{ "rules": [{ "host": "wiki.example.com", "path": "/admin/*", "allow": "staff" }] }'
const HOST = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/

/** Reads the file of FORWARD_AUTH_RULES; a failure lists all its problems. */
export function readForwardAuthRules(file: string | undefined): Result<ForwardAuthRules, string> {
  if (!file) return success(NO_RULES)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : "can't be read"
    return failure(
      `FORWARD_AUTH_RULES is ${redact(file)}, which ${why}. Name a readable file such as ${EXAMPLE}`,
    )
  }
  const problems: string[] = []
  const rules = readFile(content, (problem) => problems.push(problem))
  if (problems.length === 0) return success(rules)
  return failure([`FORWARD_AUTH_RULES is ${redact(file)}, and has problems:`, ...problems].join('\n      - '))
}

type Report = (problem: string) => void

function readFile(content: unknown, report: Report): ForwardAuthRules {
  if (!isObject(content)) {
    report(`it is not an object. Write ${EXAMPLE}`)
    return NO_RULES
  }
  refuseOthers('the file', content, ['rules', 'permissions'], report)
  const permissions = readPermissions(content.permissions ?? {}, report)
  if (!Array.isArray(content.rules)) {
    report(`"rules" is not a list. Write ${EXAMPLE}`)
    return NO_RULES
  }
  const rules = content.rules.map((rule, at) => readRule(rule, `rule ${at + 1}`, permissions, report))
  reportUnreachable(rules, report)
  return { permissions, rules: rules.filter((rule) => rule !== null) }
}

function readPermissions(given: unknown, report: Report): ForwardAuthRules['permissions'] {
  if (!isObject(given)) {
    report('"permissions" is not an object. Write { "wiki.edit": ["editors"] }')
    return {}
  }
  for (const [name, groups] of Object.entries(given)) {
    if (!NAME.test(name)) {
      report(
        `the permission ${redact(name)} has an invalid name. Use up to 100 letters, digits and . _ : / -`,
      )
    }
    if (!isNames(groups)) report(`the groups of ${redact(name)} are not a list of names. Write ["editors"]`)
  }
  return given as ForwardAuthRules['permissions']
}

function readRule(
  given: unknown,
  which: string,
  permissions: ForwardAuthRules['permissions'],
  report: Report,
): ForwardAuthRule | null {
  if (!isObject(given)) {
    report(`${which} is not an object. Write { "path": "/admin/*", "allow": "staff" }`)
    return null
  }
  refuseOthers(which, given, ['host', 'path', 'allow', 'groups', 'permissions'], report)
  const { host = '*', path = '/*' } = given
  if (typeof host !== 'string' || (host !== '*' && !HOST.test(host))) {
    report(
      `${which} has the host ${quoted(host)}. Write a name in lower case without scheme and port, such as wiki.example.com or *.example.com`,
    )
  }
  if (typeof path !== 'string' || !RULE_PATH.test(path)) {
    report(
      `${which} has the path ${quoted(path)}. Begin it with a slash, end it with /* for everything below, and use only letters, digits and - . _ ~`,
    )
  }
  const allow = readAccess(given, which, permissions, report)
  return allow && { host: String(host), path: String(path), allow }
}

function readAccess(
  given: Readonly<Record<string, unknown>>,
  which: string,
  known: ForwardAuthRules['permissions'],
  report: Report,
): RuleAccess | null {
  const { allow, groups, permissions } = given
  if ([allow, groups, permissions].filter((one) => one !== undefined).length !== 1) {
    report(`${which} must have one of "allow" (${ACCESS_WORDS.join(', ')}), "groups" and "permissions"`)
    return null
  }
  if (allow !== undefined) {
    const word = ACCESS_WORDS.find((one) => one === allow)
    if (!word) report(`${which} allows ${quoted(allow)}. Write one of: ${ACCESS_WORDS.join(', ')}`)
    return word ?? null
  }
  const names = groups ?? permissions
  if (!isNames(names) || names.length === 0) {
    report(`${which} has no list of names. Write ["editors"]`)
    return null
  }
  if (groups !== undefined) return { groups: names }
  for (const name of names.filter((one) => !Object.hasOwn(known, one))) {
    report(
      `${which} needs the permission ${redact(name)}, which the file does not define. Add it to "permissions"`,
    )
  }
  return { permissions: names }
}

/** A rule that another one before it hides is a mistake: it may be the one that was meant to protect. */
function reportUnreachable(rules: readonly (ForwardAuthRule | null)[], report: Report): void {
  for (const [at, rule] of rules.entries()) {
    const hiding = rules
      .slice(0, at)
      .findIndex(
        (other) =>
          rule && other && coversHost(other.host, rule.host) && coversPathInAnyCase(other.path, rule.path),
      )
    if (hiding !== -1)
      report(`rule ${at + 1} never applies: rule ${hiding + 1} matches all of it. Put it further up`)
  }
}

/** Whether a rule's host matches a host, or all that another rule's host matches. */
export const coversHost = (pattern: string, host: string): boolean =>
  pattern === '*' || pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')

const quoted = (value: unknown): string =>
  typeof value === 'string' ? redact(value) : 'of another type than text'

function refuseOthers(
  which: string,
  given: object,
  known: readonly string[],
  report: (problem: string) => void,
): void {
  for (const key of Object.keys(given).filter((one) => !known.includes(one))) {
    report(`${which} has the unknown key ${redact(key)}. Known keys: ${known.join(', ')}`)
  }
}
