import type { App } from '../../apps/apps.ts'
import { deviceInWords } from '../../platform/client/device.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import type { Session } from '../../tokens/sessions/sessions.ts'

type NamedApp = Pick<App, 'id' | 'name'>

/** What users call the device of a session. */
export type SessionName = (session: Pick<Session, 'userAgent' | 'deviceAppId'>) => Message

/** The app, if it signed in on a device of its own; else the browser and its system. */
export const sessionNames =
  (apps: readonly NamedApp[]): SessionName =>
  (session) => {
    const app = appOfSession(session, apps)
    return app ? message('{app} on a device', { app: app.name }) : deviceInWords(session.userAgent)
  }

/** The app that signed in on a device of its own; `undefined` for browsers. */
export const appOfSession = (
  { deviceAppId }: Pick<Session, 'deviceAppId'>,
  apps: readonly NamedApp[],
): NamedApp | undefined => (deviceAppId === null ? undefined : apps.find(({ id }) => id === deviceAppId))
