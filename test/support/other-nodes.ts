import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** 22 is the older one that apps may run on, and 20 one that is too old. */
export const OTHER_NODES = ['22', '20'] as const

export type OtherNode = (typeof OTHER_NODES)[number]

const folderOf = (major: OtherNode) => resolve(import.meta.dirname, `../../artefacts/node-${major}`)

/**
 * Path of another Node than the one that this repository runs on.
 * @throws Error that names the remedy if it is not installed
 */
export function findNode(major: OtherNode): string {
  const program = join(folderOf(major), 'node_modules/node/bin/node')
  if (existsSync(program)) return program
  throw new Error(`These tests need Node ${major}. Run: npm run setup`)
}

/** Installs it from npm, in a folder of its own. */
export function installNode(major: OtherNode): void {
  const folder = folderOf(major)
  mkdirSync(folder, { recursive: true })
  const manifest = { private: true, dependencies: { node: major }, allowScripts: { node: true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
}
