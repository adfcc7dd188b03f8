import { expect, it } from 'vitest'
import { isRandomToken, randomToken } from '../../../../auth-service/src/platform/crypto/random-id.ts'

it('makes ids that a command does not read as options', () => {
  // One in 64 would begin with a dash: all of these avoid it by chance once in 10^27.
  const ids = Array.from({ length: 4000 }, randomToken)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => id.startsWith('-') || !isRandomToken(id))).toEqual([])
})
