import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MISSPELT_NAMES, NAMES_OF_NEXT, PERMISSIONS } from '../support/misspelt-names.ts'

const root = resolve(import.meta.dirname, '../..')

/** Compiles modules against the declarations in `dist`, as an app outside of this repository does. */
function compile(files: Readonly<Record<string, string>>): readonly string[] {
  const artefacts = join(root, 'artefacts')
  mkdirSync(artefacts, { recursive: true })
  const folder = mkdtempSync(join(artefacts, 'published-types-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  }
  const config = { compilerOptions, files: Object.keys(files) }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const args = ['-p', folder, '--pretty', 'false', '--checkers', '1']
  const { stdout } = spawnSync(tsc, args, { cwd: folder, encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.includes('error'))
}

describe('In the published types', () => {
  it('a misspelt name of a permission does not compile, in any entry', () => {
    const names = { 'names.ts': MISSPELT_NAMES, 'next.ts': NAMES_OF_NEXT }
    expect(compile({ 'permissions.ts': PERMISSIONS, ...names })).toEqual([])
  })

  it('each name is any text in an app that declares none', () => {
    const errors = compile({ 'names.ts': MISSPELT_NAMES })
    const lines = MISSPELT_NAMES.split('\n')
    const expected = lines.filter((line) => line.includes('@ts-expect-error: misspelt')).length
    expect(errors).toHaveLength(expected)
    for (const error of errors) expect(error).toContain("Unused '@ts-expect-error' directive")
  })
})
