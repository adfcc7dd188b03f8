import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { blocksOf } from './pages.ts'

it('The tests in docs/testing.md pass, also under node:test', () => {
  const code = blocksOf('docs/testing.md').find(({ code }) => code.includes('createTestAuth'))?.code ?? ''
  const forNode = code
    .replace(
      "import { expect, it } from 'vitest'",
      "import assert from 'node:assert'\nimport { it } from 'node:test'",
    )
    .replaceAll(/expect\((.+)\)\.toBe\((.+)\)/g, 'assert.equal($1, $2)')
  const folder = resolve(import.meta.dirname, '../../artefacts/testing')
  mkdirSync(folder, { recursive: true })
  const file = resolve(folder, 'notes.test.ts')
  writeFileSync(file, forNode)
  const args = ['--conditions=@latchkey/source', '--test', '--test-reporter=tap', file]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(status, stdout).toBe(0)
  expect(stdout).toMatch(/^# pass 2$/m)
})
