import { ne } from 'drizzle-orm'
import { appOf } from '../../../apps/app-row.ts'
import { hiddenByFile } from '../../../apps/app-rules.ts'
import type { App } from '../../../apps/apps.ts'
import { createRuleNames, groupsIn, permissionsIn } from '../../../apps/rule-names.ts'
import { openDatabase } from '../../../platform/database/open.ts'
import { createLog } from '../../../platform/logging/logger.ts'
import { shellWord } from '../../../platform/validation/shell-word.ts'
import { type Check, type Finding, findingsOf, isWell, type Target } from '../finding.ts'
import { probe } from '../http-probe.ts'
import { examineSite } from '../site-examination.ts'

const { ok, warn, fail } = findingsOf('forward auth')

/**
 * Whether the proxy asks about each site that has rules, in the headers of FORWARD_AUTH_PROXY and no others, hides
 * `/forward-auth` from clients, and whether all rules count. Without FORWARD_AUTH_PROXY, it finds nothing but rules that
 * protect nothing.
 */
export const checkForwardAuth: Check = async (target) => {
  const { config } = target
  const apps = await appsWithRules(target)
  if (config.forwardAuthProxy === undefined) {
    return apps.map(({ name }) =>
      warn(
        `${name} has rules, but FORWARD_AUTH_PROXY is not set: they protect nothing.`,
        'Set FORWARD_AUTH_PROXY, and let the proxy ask. See docs/forward-auth.md.',
      ),
    )
  }
  const ruled = new Set([...apps.flatMap(({ origins }) => origins), ...hostsInFile(target)])
  const asked = target.apps.filter(({ origin }) => !ruled.has(origin))
  const findings: Finding[] = []
  for (const origin of ruled) findings.push(...(await examineSite(target, new URL(origin), true)))
  // Others may be apps with the middleware.
  for (const page of asked) findings.push(...(await examineSite(target, page, false)))
  const isSeen = findings.length > 0
  findings.push(...(await checkHidden(target)), ...apps.flatMap(({ notes }) => notes))
  if (!isSeen) {
    findings.push(
      warn(
        `FORWARD_AUTH_PROXY is ${config.forwardAuthProxy}, but no rule names a site, so the doctor can't check the proxy.`,
        'Pass the address of a site behind it, for example: latchkey doctor https://wiki.example.com/',
      ),
    )
  } else if (isWell(findings))
    findings.push(ok('All rules apply, and all sites with rules ask this service.'))
  return findings
}

interface RuledApp extends Pick<App, 'name' | 'origins'> {
  readonly notes: readonly Finding[]
}

async function appsWithRules({ config }: Target): Promise<readonly RuledApp[]> {
  const database = await openDatabase(config, createLog('silent'))
  try {
    const rows = await database.db.select().from(database.apps).where(ne(database.apps.rules, '[]'))
    const names = createRuleNames({ config, database })
    return await Promise.all(
      rows.map(appOf).map(async (app) => ({ ...app, notes: notesOn(app, config, await names.knownTo(app)) })),
    )
  } finally {
    await database.close()
  }
}

/** Rules that no longer do what they say. */
function notesOn(
  app: App,
  { forwardAuthRules }: Target['config'],
  known: Awaited<ReturnType<ReturnType<typeof createRuleNames>['knownTo']>>,
): readonly Finding[] {
  return app.rules.flatMap((rule) => {
    const hidden = hiddenByFile(forwardAuthRules.rules, app, rule)
    const remedy = `Change it: latchkey apps rules change ${shellWord(app.name)} ${shellWord(rule.path)}, or at /admin/apps.`
    const missing = [
      ...groupsIn(rule).filter((name) => !known.groups.has(name)),
      ...permissionsIn(rule).filter((name) => !known.permissions.has(name)),
    ]
    return [
      ...(hidden === null
        ? []
        : [
            fail(
              `The rule of ${app.name} for ${rule.path} does not apply. ${hidden}`,
              'Change FORWARD_AUTH_RULES, or remove the rule of the app.',
            ),
          ]),
      ...missing.map((name) =>
        warn(
          `The rule of ${app.name} for ${rule.path} names “${name}”, which does not exist, so it allows no one.`,
          remedy,
        ),
      ),
    ]
  })
}

/** The hosts that the file names; over http, their ports are not known. */
const hostsInFile = ({ config: { https, forwardAuthRules } }: Target): string[] =>
  https
    ? forwardAuthRules.rules.filter(({ host }) => !host.startsWith('*')).map(({ host }) => `https://${host}`)
    : []

/** Whether clients can ask at the public address, where a proxy is in front of it. */
async function checkHidden({ config: { authUrl, https } }: Target): Promise<readonly Finding[]> {
  if (!https) return []
  const answer = await probe(`${authUrl}/forward-auth`)
  if (!answer.ok || answer.value.status === 404) return []
  return [
    warn(
      `The proxy passes ${authUrl}/forward-auth on to this service, which answers ${answer.value.status}.`,
      'Hide that path from clients, as the samples in docs/forward-auth.md do.',
    ),
  ]
}
