import { expect } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { send } from '../../support/http.ts'
import type { App } from './app.ts'
import type { AuthService } from './auth-service.ts'

/** The feed's entries by subject, which limits how often apps may store it. */
async function told({ url }: AuthService) {
  const { text } = await send(`${url}/revocations`, { headers: { accept: 'application/json' } })
  const { last, entries } = JSON.parse(text) as { last: number; entries: Record<string, unknown>[] }
  const names = entries.map(({ sid, sub, kid }) => sid ?? sub ?? kid)
  return { lastId: last, entries: new Set(names).size }
}

/** Waits until an app knows every entry, each once. */
export async function caughtUp(auth: AuthService, app: App): Promise<void> {
  await eventually(
    async () => expect((await app.state()).feed).toMatchObject({ ...(await told(auth)), state: 'live' }),
    { interval: 20 },
  )
}
