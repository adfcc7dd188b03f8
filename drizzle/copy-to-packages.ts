/** Gives the auth service its own copy of the migrations, which it ships and applies at run time. See embed.ts. */
import { cpSync, existsSync, globSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const OWNERS = { auth: 'auth-service' }

/** Only drizzle-kit reads them, to write the next migration. */
const isSnapshot = (file: string): boolean => file.endsWith('_snapshot.json')

for (const [owner, packageName] of Object.entries(OWNERS)) {
  const from = resolve(import.meta.dirname, owner)
  const to = resolve(import.meta.dirname, '..', packageName, 'drizzle')
  // Identical files stay untouched, since another process may be reading them.
  cpSync(from, to, {
    recursive: true,
    filter: (source, target) => !isSnapshot(source) && differs(source, target),
  })
  for (const file of globSync('**/*.{sql,json}', { cwd: to })) {
    if (isSnapshot(file) || !existsSync(join(from, file))) rmSync(join(to, file))
  }
  console.log(`Copied the migrations of drizzle/${owner} to ${packageName}/drizzle.`)
}

function differs(source: string, target: string): boolean {
  if (statSync(source).isDirectory() || !existsSync(target)) return true
  return !readFileSync(source).equals(readFileSync(target))
}
