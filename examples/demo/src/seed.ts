import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createService, OPERATOR, readConfig, type Service } from '@latchkey/auth-service'
import { credentialsFile, type DemoApp } from './family.ts'
import { PEOPLE } from './people.ts'
import { makeSupplierKey, supplierAt } from './supplier-key.ts'

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
    if (env.DEMO_CREDENTIALS) await seedCredentials(service, env.DEMO_CREDENTIALS)
  } finally {
    await service.close()
  }
}

async function seedApps(
  service: Service,
  { DEMO_APPS = '[]', DEMO_CREDENTIALS = '' }: Environment,
): Promise<void> {
  const { apps, oidcClients, serviceProviders } = service
  for (const { name, url, start, icon, ...kind } of JSON.parse(DEMO_APPS) as DemoApp[]) {
    const app = { name, origins: [url], start_url: url + start, icon }
    const known = apps.list().find((one) => one.name === name)
    // The demo may run on other ports than last time.
    const lacksDevices = kind.isOidcClient === true && known?.oidc?.deviceFlow !== true
    if (known?.startUrl === app.start_url && !lacksDevices) continue
    const saved = known ? await apps.change(known.id, app, OPERATOR) : await apps.create(app, OPERATOR)
    if (!saved?.ok) continue
    if (kind.isOidcClient) await oidcClients.set(saved.value.id, clientAt(url), OPERATOR)
    if (kind.isServiceProvider) {
      const certificate = await makeSupplierKey(DEMO_CREDENTIALS, url)
      await serviceProviders.set(saved.value.id, supplierAt(url, certificate), OPERATOR)
    }
  }
}

/** The addresses of `oidc()`. The app is our own, so users are not asked for their consent. */
const clientAt = (url: string) => ({
  redirect_uris: [`${url}/auth/callback`],
  post_logout_redirect_uris: [`${url}/auth/signed-out`],
  back_channel_logout_uri: `${url}/auth/back-channel-logout`,
  first_party: true,
  // For `npm run demo:terminal`.
  device_flow: true,
})

/** For API tokens on the team board, and for the guest book; issued once. The address may be another at each start. */
async function seedCredentials({ apps, appCredentials, config }: Service, folder: string): Promise<void> {
  const { authUrl } = config
  for (const name of ['Team board', 'Guest book']) {
    const app = apps.list().find((one) => one.name === name)
    const file = credentialsFile(folder, name)
    if (!app) continue
    if (existsSync(file)) {
      const known = JSON.parse(readFileSync(file, 'utf8'))
      if (known.authUrl !== authUrl) writeFileSync(file, JSON.stringify({ ...known, authUrl }))
      continue
    }
    const issued = await appCredentials.issue(app.id, OPERATOR, 0)
    if (!issued.ok) continue
    const { clientId, clientSecret } = issued.value
    writeFileSync(file, JSON.stringify({ clientId, clientSecret, authUrl }), { mode: 0o600 })
  }
}
