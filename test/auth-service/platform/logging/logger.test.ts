import { DrizzleQueryError } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createLog, describeError } from '../../../../auth-service/src/platform/logging/logger.ts'

/** The output of a log at this level. */
function logged(
  level: string,
  write: (log: ReturnType<typeof createLog>) => void,
): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  write(createLog(level, { write: (line) => void lines.push(JSON.parse(line)) }))
  return lines
}

const unique = Object.assign(new Error('duplicate key value violates unique constraint'), {
  code: '23505',
  detail: 'Key (email)=(ada@example.com) already exists.',
})
const failedQuery = new DrizzleQueryError(
  'INSERT INTO users',
  ['ada@example.com', 'bcrypt_sha256$$x'],
  unique,
)

describe('The log', () => {
  it('writes one JSON line for each entry at its level', () => {
    const lines = logged('warn', (log) => {
      log.info('not this')
      log.warn({ sid: 'x' }, 'this')
    })
    expect(lines).toEqual([{ level: 40, time: expect.any(Number), sid: 'x', msg: 'this' }])
  })

  it("names the failure without the query's parameters or the row's values", () => {
    const [line] = logged('warn', (log) => log.error({ err: failedQuery }, 'failed'))
    expect(line).toMatchObject({ err: { name: 'Error', code: '23505', message: unique.message } })
    expect(JSON.stringify(line)).not.toMatch(/ada@example|bcrypt_sha256/)
  })

  it('accepts any thrown value', () => {
    expect(describeError('a string')).toEqual({ message: 'a string' })
    expect(describeError(undefined)).toEqual({ message: 'undefined' })
    expect(describeError(new TypeError('x'))).toMatchObject({ name: 'TypeError', message: 'x' })
  })
})
