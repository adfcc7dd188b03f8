/**
 * Packs all packages into `artefacts/packages`, and prints the lines that install them elsewhere. A release names the
 * repository that it comes from: `--repository https://github.com/owner/name`.
 */
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackages, installLine, nameRepository, PACKAGES, type PackageName, pack } from './packing.ts'

const folder = resolve(import.meta.dirname, '../artefacts/packages')

const { repository } = parseArgs({ options: { repository: { type: 'string' } } }).values
if (repository) nameRepository(repository)
buildPackages()
const tarballs = new Map<PackageName, string>()
for (const name of Object.keys(PACKAGES) as PackageName[]) {
  const { tarball } = pack(name, folder)
  console.log(`Packed ${name}: ${relative(process.cwd(), tarball)}`)
  tarballs.set(name, tarball)
}

const install = (...names: PackageName[]) => installLine(names.map((name) => tarballs.get(name) ?? ''))

console.log(`
In the folder of an app, with the command:
  ${install('@latchkey/jwt-middleware', '@latchkey/auth-service', 'latchkey')}
In the folder of an app, the middleware alone:
  ${install('@latchkey/jwt-middleware')}
Where the auth service runs:
  ${install('@latchkey/jwt-middleware', '@latchkey/auth-service')}

Then: npx latchkey dev --app http://app1.team.localhost:3000`)
