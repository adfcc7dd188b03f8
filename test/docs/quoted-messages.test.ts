import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { proseOf, readPage } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')

it('docs/troubleshooting.md quotes messages as they are written', () => {
  const files = globSync('{auth-service,jwt-middleware}/src/**/*.{ts,tsx}', { cwd: root })
  const sources = files.map((file) => readFileSync(resolve(root, file), 'utf8')).join('\n')
  // The messages of nginx are its own.
  const rows = proseOf(readPage('docs/troubleshooting.md'))
    .split('\n')
    .filter((row) => !row.includes('nginx'))
  const quoted = rows.flatMap((row) => [...row.matchAll(/"([^"]+)"/g)].map(([, text = '']) => text))
  expect(quoted.length).toBeGreaterThan(4)
  expect(quoted.filter((text) => !sources.includes(text))).toEqual([])
})
