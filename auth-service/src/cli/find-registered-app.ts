import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Apps, RegisteredApp } from '../apps/apps.ts'

/** The app with this name, origin or client id, or an error message. */
export function findApp(apps: Pick<Apps, 'list' | 'at'>, which: string): Result<RegisteredApp, string> {
  const found =
    apps.at(which.replace(/\/$/, '')) ??
    apps.list().find(({ name, clientId }) => name === which || clientId === which) ??
    apps.list().find(({ name }) => name.toLowerCase() === which.toLowerCase())
  return found
    ? success(found)
    : failure(
        `There is no app ${which}. Pass its name, an origin or its client ID; see "latchkey apps list".`,
      )
}
