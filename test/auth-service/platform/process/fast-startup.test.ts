import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const SOURCE = resolve(import.meta.dirname, '../../../../auth-service/src/platform/process/fast-startup.ts')

/** Loads drizzle in a separate process after optional code; returns what Node itself had to resolve. */
function load(before: string) {
  const script = `
    import module, { registerHooks } from 'node:module'
    import { quickenImports } from ${JSON.stringify(SOURCE)}
    const found = [], loaded = []
    registerHooks({
      resolve(specifier, context, next) {
        if (context.parentURL?.includes('/drizzle-orm/')) found.push(specifier)
        return next(specifier, context)
      },
      load(url, context, next) {
        loaded.push(url)
        return next(url, context)
      },
    })
    ${before}
    const { eq, is, SQL } = await import('drizzle-orm')
    const { integer, sqliteTable } = await import('drizzle-orm/sqlite-core')
    const { drizzle } = await import('drizzle-orm/better-sqlite3')
    const numbers = sqliteTable('numbers', { number: integer() })
    const condition = eq(numbers.number, 7)
    const statement = drizzle.mock().select().from(numbers).where(condition).toSQL()
    console.log(JSON.stringify({ found, loaded, is: is(condition, SQL), statement }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    cwd: resolve(import.meta.dirname, '../../../..'),
  })
  if (stdout === '') throw new Error(stderr)
  const { found, ...rest } = JSON.parse(stdout) as { found: string[]; loaded: string[] }
  return { ...rest, foundWithin: found.filter((specifier) => specifier.startsWith('.')).length }
}

it("resolves drizzle's modules as Node does, without asking it", () => {
  const [slow, quick] = [load(''), load('quickenImports()')]
  expect(slow.foundWithin).toBeGreaterThan(100)
  expect(quick.foundWithin).toBe(0)
  expect({ ...quick, foundWithin: slow.foundWithin }).toEqual(slow)
  expect(slow).toMatchObject({ is: true, statement: { params: [7] } })
})

it('does nothing in a Node without hooks', () => {
  expect(load('module.registerHooks = undefined; quickenImports()').foundWithin).toBeGreaterThan(100)
})
