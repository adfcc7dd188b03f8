import { expect, it, vi } from 'vitest'
import { WALKED } from '../../bench/first-hour/better-auth-steps.ts'
import { rowsOf, TIME, walkBetterAuth } from '../../bench/first-hour/first-hour.ts'
import { readPage } from '../docs/pages.ts'

// npm installs for real.
vi.setConfig({ testTimeout: 600_000 })

it("the steps through better-auth's documentation lead to what docs/first-hour.md says", async () => {
  const walked = await walkBetterAuth(WALKED)
  expect(walked.version).toBe(WALKED['better-auth'])
  const page = readPage('docs/first-hour.md')
  expect(page).toContain(
    `\n| | better-auth ${walked.version} | better-auth with its cookie cache | Latchkey |\n`,
  )
  const rows = rowsOf(walked).map(([what, ...figures]) =>
    // Seconds depend on the machine.
    what === TIME ? `| ${what} | ` : `| ${[what, ...figures].join(' | ')} | `,
  )
  for (const row of rows) expect(page).toContain(`\n${row}`)
  expect(rows).toHaveLength(9)
  console.log(
    `better-auth took ${walked.plain.seconds} s, and ${walked.cached.seconds} s with its cookie cache.`,
  )
})
