import { planChanges } from '../../../auth-service/src/cli/add/plan.ts'
import { tempApp } from '../../support/temp-app.ts'

/** Stands above `auth()` where `add` finds no database. */
export const MEMORY =
  '// Local users are in memory until you pass a store: auth({ users: sqliteUsers(db) }) keeps them in your database.'

type Planned = ReturnType<typeof planChanges>

/** What `latchkey add` plans for a new app with these files and scripts, without settings of its own. */
export function planFor(
  files: Readonly<Record<string, string>>,
  { dependencies = {}, ...manifest }: { readonly dependencies?: object; readonly scripts?: object } = {},
): Planned {
  const all = { ...manifest, dependencies: { '@latchkey/jwt-middleware': '*', ...dependencies } }
  const settings = { LOGIN_URL: undefined, OWN_URL: undefined }
  return planChanges(tempApp({ 'package.json': JSON.stringify(all), ...files }), undefined, settings)
}

/** The first file as it would be afterwards. */
export function firstAfter(planned: Planned): string {
  if (!planned.ok) throw new Error(planned.reason)
  return planned.value.edits[0]?.after ?? ''
}
