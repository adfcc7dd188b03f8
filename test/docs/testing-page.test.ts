import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { adapterCases } from '@latchkey/jwt-middleware/testing'
import { expect, it } from 'vitest'
import { codeOf } from './recipe-modules.ts'

/** Runs a page's tests under node:test, and returns how many passed. */
function passedUnderNode(name: string, code: string, files: Readonly<Record<string, string>> = {}): number {
  const forNode = code
    .replace(/import \{ (\w+, )?it \} from 'vitest'/, (_, first = '') => {
      const asserts = first === 'expect, ' ? "import assert from 'node:assert'\n" : ''
      return `${asserts}import { ${asserts === '' ? 'after, ' : ''}it } from 'node:test'`
    })
    .replace('afterAll(', 'after(')
    .replaceAll(/expect\((.+)\)\.toBe\((.+)\)/g, 'assert.equal($1, $2)')
  const folder = resolve(import.meta.dirname, '../../artefacts/testing', name)
  mkdirSync(folder, { recursive: true })
  const test = `${name}.test.ts`
  for (const [file, content] of Object.entries({ ...files, [test]: forNode }))
    writeFileSync(resolve(folder, file), content)
  const args = ['--conditions=@latchkey/source', '--test', '--test-reporter=tap', resolve(folder, test)]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(status, stdout).toBe(0)
  return Number(/^# pass (\d+)$/m.exec(stdout)?.[1])
}

it('The tests in docs/testing.md pass, also under node:test', () => {
  expect(passedUnderNode('notes', codeOf('docs/testing.md', 'createTestAuth'))).toBe(2)
})

it('The app of docs/frameworks/your-own.md passes its cases, also under node:test', () => {
  const page = 'docs/frameworks/your-own.md'
  const files = { 'app.ts': codeOf(page, '// app.ts') }
  expect(passedUnderNode('cases', codeOf(page, 'of adapterCases'), files)).toBe(adapterCases.length)
})
