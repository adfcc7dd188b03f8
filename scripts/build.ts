/** Compiles the given workspaces, or all of them, and removes output whose source is gone. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import '../drizzle/copy-to-packages.ts'
import { bundleAuthService } from './bundle.ts'
import { shipDjango } from './ship-django.ts'
import { shipScript } from './ship-script.ts'

/** In the order of their types' dependencies. */
const ALL = [
  'jwt-middleware',
  'auth-service',
  'examples/house-style',
  'examples/notes',
  'examples/team-board',
  'examples/guest-book',
  'examples/supplier',
  'examples/frameworks',
  'examples/demo',
]

const root = resolve(import.meta.dirname, '..')

function compile(workspace: string): void {
  console.log(`Compiling ${workspace}.`)
  const shell = process.platform === 'win32'
  // Several checkers check shared types once each, which takes more work than it saves.
  const args = ['-p', workspace, '--checkers', '1']
  const { status } = spawnSync('tsc', args, { cwd: root, stdio: 'inherit', shell })
  if (status !== 0) process.exit(1)
}

/** Runs after compiling: emptying the folder first would break processes that run it. */
function prune(workspace: string): void {
  const outputs = globSync('**/*.{js,ts,map}', { cwd: join(root, workspace, 'dist') })
  for (const output of outputs) {
    if (output.startsWith('bundle/')) continue
    const source = join(root, workspace, 'src', output.replace(/\.(js|d\.ts)(\.map)?$/, '.ts'))
    if (existsSync(source) || existsSync(`${source}x`)) continue
    rmSync(join(root, workspace, 'dist', output))
    console.log(`Removed ${workspace}/dist/${output}: its source no longer exists.`)
  }
}

const named = process.argv.slice(2)
for (const workspace of named.length > 0 ? named : ALL) {
  compile(workspace)
  prune(workspace)
  if (workspace !== 'auth-service') continue
  shipDjango()
  await bundleAuthService()
}
shipScript()
