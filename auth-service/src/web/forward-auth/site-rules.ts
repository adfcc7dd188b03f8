import type { App } from '../../apps/apps.ts'
import type { PathRule, RuleAccess } from '../../platform/config/access-rules.ts'
import { coversHost } from '../../platform/config/forward-auth-rules.ts'
import type { Service } from '../../service.ts'

/** What a rule asks for, with the groups that have its permissions. */
export type SiteAccess = Exclude<RuleAccess, { readonly permissions: unknown }> | PermissionAccess

interface PermissionAccess {
  readonly permissions: readonly string[]
  /** For each of them, the groups that have it. */
  readonly having: readonly (readonly string[])[]
}

/** A rule for a site behind the proxy. */
export interface SiteRule extends Omit<PathRule, 'allow'> {
  readonly allow: SiteAccess
  /** The app that has it; `null` for the file of FORWARD_AUTH_RULES. */
  readonly app: string | null
  /** Its number there, from 1. */
  readonly number: number
}

/**
 * The rules for requests to an origin: those of the file for its host, then those of the app that is registered there.
 * `null` if an app has rules for this host, but is registered under another scheme or port only, and if two apps have the
 * origin.
 */
export type SiteRules = (origin: string, host: string) => readonly SiteRule[] | null

export function createSiteRules({ config, apps }: Pick<Service, 'config' | 'apps'>): SiteRules {
  const { rules, permissions } = config.forwardAuthRules

  const ofFile = (host: string): SiteRule[] =>
    rules.flatMap((rule, at) =>
      coversHost(rule.host, host)
        ? [{ path: rule.path, allow: resolve(rule.allow), app: null, number: at + 1 }]
        : [],
    )

  function resolve(allow: RuleAccess, app?: App): SiteAccess {
    if (typeof allow === 'string' || 'groups' in allow) return allow
    const granted = app && apps.grantsOf(app.id)
    const inFile = (name: string) => (Object.hasOwn(permissions, name) ? permissions[name] : undefined)
    // No group has an unknown permission.
    const having = allow.permissions.map((name) => granted?.get(name) ?? inFile(name) ?? [])
    return { ...allow, having }
  }

  function readApps(list: readonly App[]) {
    const byOrigin = new Map<string, readonly SiteRule[] | null>()
    const hosts = new Set<string>()
    for (const app of list) {
      const own = app.rules.map(
        ({ path, allow }, at): SiteRule => ({
          path,
          allow: resolve(allow, app),
          app: app.name,
          number: at + 1,
        }),
      )
      for (const origin of app.origins) {
        const { hostname } = new URL(origin)
        // Earlier versions let two administrators register it at the same moment. The rules of one would hide the other's.
        byOrigin.set(origin, byOrigin.has(origin) ? null : [...ofFile(hostname), ...own])
        if (own.length > 0) hosts.add(hostname)
      }
    }
    return { list, byOrigin, hosts }
  }

  let known = readApps(apps.list())

  return (origin, host) => {
    // Each change makes a new list.
    if (apps.list() !== known.list) known = readApps(apps.list())
    const own = known.byOrigin.get(origin)
    return own === undefined ? (known.hosts.has(host) ? null : ofFile(host)) : own
  }
}
