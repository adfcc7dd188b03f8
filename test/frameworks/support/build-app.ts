import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { blocksOf } from '../../docs/pages.ts'
import { fileOf } from '../../docs/recipe-modules.ts'
import { runProgram } from './run-program.ts'

const root = resolve(import.meta.dirname, '../../..')
const WORKSPACE = join(root, 'examples/fetch-frameworks')
const CASES = 'guarded-cases.ts'

/** An app in `examples/fetch-frameworks`. */
export interface Recipe {
  readonly folder: string
  /** The page whose blocks of code are files of the app. */
  readonly page: string
  /** Changes the page's files for the tests: `auth()` gets permissions. */
  readonly edit: (code: string) => string
  /** Builds the app; none if its runtime needs no build. */
  readonly build?: readonly [program: string, ...args: string[]]
}

/** The app with the files of its page, built, in a folder of its own. Unchanged apps are built once. */
export async function buildApp({ folder, page, edit, build }: Recipe): Promise<string> {
  const source = join(WORKSPACE, folder)
  const ofPage = blocksOf(page).flatMap((block) => {
    const file = fileOf(block)
    return file === null ? [] : [[file, `${edit(block.code)}\n`] as const]
  })
  const built = join(WORKSPACE, 'artefacts', `${folder}-${digestOf(source, ofPage)}`)
  const mark = join(built, 'is-built')
  if (existsSync(mark)) return built
  for (const older of globSync(`${folder}-????????????`, { cwd: dirname(built) })) {
    rmSync(join(dirname(built), older), { recursive: true, force: true })
  }
  cpSync(source, built, { recursive: true })
  cpSync(join(WORKSPACE, CASES), join(built, CASES))
  for (const [file, code] of ofPage) {
    mkdirSync(dirname(join(built, file)), { recursive: true })
    writeFileSync(join(built, file), code)
  }
  if (build) await runProgram(build, built)
  writeFileSync(mark, '')
  return built
}

/** Of everything that a build reads. */
function digestOf(source: string, ofPage: readonly (readonly [file: string, code: string])[]): string {
  const hash = createHash('sha256').update(JSON.stringify(ofPage))
  const paths = [
    join(root, 'package-lock.json'),
    join(WORKSPACE, CASES),
    ...globSync('**/*', { cwd: source }).map((file) => join(source, file)),
    ...globSync('**/*.js', { cwd: join(root, 'jwt-middleware/dist') }).map((file) =>
      join(root, 'jwt-middleware/dist', file),
    ),
  ]
  for (const path of paths.sort()) {
    if (statSync(path).isFile()) hash.update(path).update(readFileSync(path))
  }
  return hash.digest('hex').slice(0, 12)
}
