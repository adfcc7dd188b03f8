import type { App } from '../../apps/apps.ts'
import type { Locate } from '../../platform/client/geoip.ts'
import type { Session } from '../../tokens/sessions/sessions.ts'
import { appOfSession } from '../components/session-name.ts'
import { deviceJson } from './device-json.ts'

/** A session as JSON; `app` is the name of the app that signed in on a device of its own, `null` for browsers. */
export const sessionJson = (session: Session, apps: readonly Pick<App, 'id' | 'name'>[], locate: Locate) => ({
  id: session.id,
  ...deviceJson(session, locate),
  app: appOfSession(session, apps)?.name ?? null,
  created_at: session.createdAt,
  last_used_at: session.lastUsedAt,
  expires_at: session.expiresAt,
})
