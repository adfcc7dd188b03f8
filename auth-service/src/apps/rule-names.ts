import { eq, inArray } from 'drizzle-orm'
import type { PathRule } from '../platform/config/access-rules.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import { message } from '../platform/i18n/message.ts'
import type { RuleErrors } from './app-rule-input.ts'
import type { App } from './apps.ts'

/** The names that rules of an app can ask for. */
export interface KnownNames {
  /** Of the groups that its rules name, those that exist. */
  readonly groups: ReadonlySet<string>
  /** All permissions that it has published, and those of FORWARD_AUTH_RULES. */
  readonly permissions: ReadonlySet<string>
}

export interface RuleNamesOptions {
  readonly config: Pick<Config, 'forwardAuthRules'>
  readonly database: Database
}

/** Looks up the groups and permissions that rules name. Every method throws on an outage. */
export interface RuleNames {
  knownTo(app: App): Promise<KnownNames>
  /** What is wrong with the names of a rule of this app; `null` if they all exist. */
  problemIn(app: App, rule: PathRule): Promise<{ readonly ok: false; readonly errors: RuleErrors } | null>
}

export function createRuleNames({ config, database }: RuleNamesOptions): RuleNames {
  const { db, groups, appPermissions } = database

  async function knownGroups(names: readonly string[]): Promise<ReadonlySet<string>> {
    if (names.length === 0) return new Set()
    const rows = await db
      .select({ name: groups.name })
      .from(groups)
      .where(inArray(groups.name, [...names]))
    return new Set(rows.map(({ name }) => name))
  }

  async function knownPermissions({ id }: App): Promise<ReadonlySet<string>> {
    const rows = await db
      .select({ name: appPermissions.name })
      .from(appPermissions)
      .where(eq(appPermissions.appId, id))
    return new Set([...Object.keys(config.forwardAuthRules.permissions), ...rows.map(({ name }) => name)])
  }

  return {
    knownTo: async (app) => ({
      groups: await knownGroups(app.rules.flatMap(groupsIn)),
      permissions: await knownPermissions(app),
    }),
    async problemIn(app, rule) {
      const group = await firstMissing(groupsIn(rule), knownGroups)
      if (group !== undefined) {
        return refused({ groups: message('There is no group “{name}”. Create it first.', { name: group }) })
      }
      const permission = await firstMissing(permissionsIn(rule), () => knownPermissions(app))
      if (permission === undefined) return null
      return refused({
        permissions: message(
          '{app} has not published a permission “{name}”, and FORWARD_AUTH_RULES defines none.',
          { app: app.name, name: permission },
        ),
      })
    },
  }
}

const refused = (errors: RuleErrors) => ({ ok: false, errors }) as const

/** The groups that a rule names. */
export const groupsIn = ({ allow }: PathRule): readonly string[] =>
  typeof allow === 'object' && 'groups' in allow ? allow.groups : []

/** The permissions that a rule names. */
export const permissionsIn = ({ allow }: PathRule): readonly string[] =>
  typeof allow === 'object' && 'permissions' in allow ? allow.permissions : []

async function firstMissing(
  names: readonly string[],
  lookUp: (names: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<string | undefined> {
  if (names.length === 0) return undefined
  const known = await lookUp(names)
  return names.find((name) => !known.has(name))
}
