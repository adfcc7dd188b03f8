import { existsSync, writeFileSync } from 'node:fs'
import { createService, OPERATOR, readConfig, type Service } from '@latchkey/auth-service'
import type { DemoApp } from './family.ts'
import { PEOPLE } from './people.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Registers the demo's users and apps with the auth service of these settings, unless they exist. */
export async function seed(env: Environment): Promise<void> {
  const service = await createService(readConfig(env))
  try {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE) {
      await service.users.create({ ...person, password: hash, emailVerifiedAt })
    }
    await seedApps(service, env)
    if (env.TEAM_BOARD_CREDENTIALS) await seedCredentials(service, env.TEAM_BOARD_CREDENTIALS)
  } finally {
    await service.close()
  }
}

async function seedApps({ apps }: Service, { DEMO_APPS = '[]' }: Environment): Promise<void> {
  for (const { name, url, start, icon } of JSON.parse(DEMO_APPS) as DemoApp[]) {
    const app = { name, origins: [url], start_url: url + start, icon }
    const known = apps.list().find((one) => one.name === name)
    if (!known) await apps.create(app, OPERATOR)
    // The demo may run on other ports than last time.
    else if (known.startUrl !== app.start_url) await apps.change(known.id, app, OPERATOR)
  }
}

/** The team board takes API tokens, so it needs credentials; they are issued once. */
async function seedCredentials({ apps, appCredentials }: Service, file: string): Promise<void> {
  const app = apps.list().find(({ name }) => name === 'Team board')
  if (!app || existsSync(file)) return
  const issued = await appCredentials.issue(app.id, OPERATOR, 0)
  if (!issued.ok) return
  const { clientId, clientSecret } = issued.value
  writeFileSync(file, JSON.stringify({ clientId, clientSecret }), { mode: 0o600 })
}
