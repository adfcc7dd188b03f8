/**
 * Packs all packages into `artefacts/packages`, and prints the lines that install them elsewhere. A release names the
 * repository that it comes from: `--repository https://github.com/owner/name`.
 */
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackages, installLines, nameRepository, packAll } from './packing.ts'

const folder = resolve(import.meta.dirname, '../artefacts/packages')

const { repository } = parseArgs({ options: { repository: { type: 'string' } } }).values
if (repository) nameRepository(repository)
buildPackages()
const tarballs = packAll(folder)
for (const [name, tarball] of Object.entries(tarballs)) {
  console.log(`Packed ${name}: ${relative(process.cwd(), tarball)}`)
}
const lines = installLines(tarballs)

console.log(`
In the folder of an app, with the command:
  ${lines.app}
In the folder of an app, the middleware alone:
  ${lines.middleware}
Where the auth service runs:
  ${lines.service}

Then: npx latchkey dev --app http://app1.team.localhost:3000`)
