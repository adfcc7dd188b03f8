import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const source = resolve(import.meta.dirname, '../../jwt-middleware/src')
const texts = globSync('**/*.ts', { cwd: source }).map((file) => readFileSync(resolve(source, file), 'utf8'))

it.each([
  ['node', 'web'],
  ['process', 'worker'],
])(
  'each part that is imported for "%s" or "%s" has a file for both, with the same exports',
  async (...kinds) => {
    const imports = new RegExp(`from '#${kinds.join('-or-')}/([^']+)'`, 'g')
    const parts = new Set(texts.flatMap((text) => [...text.matchAll(imports)].map(([, part = '']) => part)))
    expect(parts.size).toBeGreaterThan(0)
    for (const part of parts) {
      const [one, other] = await Promise.all(
        kinds.map(async (kind) => Object.keys(await import(resolve(source, `${part}-${kind}.ts`))).sort()),
      )
      expect(other, part).toEqual(one)
    }
  },
)
