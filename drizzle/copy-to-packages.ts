/** Gives each package its own copy of the migrations, which it ships and applies at run time. */
import { cpSync, existsSync } from 'node:fs'

const OWNERS = { app: 'jwt-middleware', auth: 'auth-service' }

for (const [owner, packageName] of Object.entries(OWNERS)) {
  const from = new URL(`./${owner}/`, import.meta.url)
  const to = new URL(`../${packageName}/drizzle/`, import.meta.url)
  if (!existsSync(from)) continue
  cpSync(from, to, { recursive: true })
  console.log(`Copied the migrations of drizzle/${owner} to ${packageName}/drizzle.`)
}
