/** Gives each package its own copy of the migrations, which it ships and applies at run time. */
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs'

const OWNERS = { app: 'jwt-middleware', auth: 'auth-service' }

for (const [owner, packageName] of Object.entries(OWNERS)) {
  const from = new URL(`./${owner}/`, import.meta.url)
  const to = new URL(`../${packageName}/drizzle/`, import.meta.url)
  if (!existsSync(from)) continue
  // What is the same already is left alone: somebody may be reading it.
  cpSync(from, to, { recursive: true, filter: differs })
  console.log(`Copied the migrations of drizzle/${owner} to ${packageName}/drizzle.`)
}

function differs(source: string, target: string): boolean {
  if (statSync(source).isDirectory() || !existsSync(target)) return true
  return !readFileSync(source).equals(readFileSync(target))
}
