import { expect, it, vi } from 'vitest'

/** The module of a page with a line of its own, in a test file that starts now. */
async function moduleWith(line: string): Promise<Record<string, unknown>> {
  vi.resetModules()
  const { moduleOf } = await import('./recipe-modules.ts')
  return moduleOf('docs/recipes/other-stores.md', 'kyselyUsers', { edit: (code) => `${code}\n${line}\n` })
}

it('two test files that edit one page in different ways each get their own code', async () => {
  expect(await moduleWith('export const whose = 1')).toHaveProperty('whose', 1)
  expect(await moduleWith('export const whose = 2')).toHaveProperty('whose', 2)
  expect(await moduleWith('export const whose = 1')).toHaveProperty('whose', 1)
})
