import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const folder = resolve(import.meta.dirname, '../../artefacts/node-22')
const program = join(folder, 'node_modules/node/bin/node')

/**
 * Path of the older Node that apps may run on.
 * @throws Error that names the remedy if it is not installed
 */
export function findNode22(): string {
  if (existsSync(program)) return program
  throw new Error('These tests need Node 22. Run: npm run setup')
}

/** Installs it from npm, apart from the Node that this repository runs on. */
export function installNode22(): void {
  mkdirSync(folder, { recursive: true })
  const manifest = { private: true, dependencies: { node: '22' }, allowScripts: { node: true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
}
