import { expect, it, vi } from 'vitest'
import { measureOidc } from '../../bench/oidc.ts'

it('npm run bench -- oidc measures three providers, and names the statements of each step', async () => {
  const table = vi.spyOn(console, 'table').mockImplementation(() => {})
  vi.spyOn(console, 'log').mockImplementation(() => {})
  const figures = await measureOidc({ visitors: 2, seconds: 0.1, rounds: 1, counted: 2 })
  const [rows] = table.mock.calls[0] as [Record<string, unknown>[]]
  vi.restoreAllMocks()
  expect(rows.map(({ provider, step }) => `${provider}: ${step}`)).toHaveLength(9)
  expect(figures.map(({ name }) => name)).toEqual([
    'oidc-provider, in memory',
    'auth service, SQLite',
    'auth service, Postgres',
  ])
  for (const { rate, statements } of figures) {
    for (const step of ['authorization', 'sign-in', 'refresh'] as const) {
      expect(rate[step]).toBeGreaterThan(0)
      if (statements === null) continue
      expect(statements[step].count).toBeGreaterThanOrEqual(1)
      expect(statements[step].time).toBeLessThan(statements[step].total)
    }
  }
  expect(figures.map(({ statements }) => statements !== null)).toEqual([false, true, true])
})
