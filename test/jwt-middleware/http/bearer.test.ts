import { describe, expect, it } from 'vitest'
import { readBearer } from '../../../jwt-middleware/src/http/bearer.ts'

describe('A bearer token', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER   abc ', 'abc'],
    ['Basic abc', null],
    ['Bearer', null],
    ['Bearer a b', null],
    [undefined, null],
  ])('is read from Authorization: %s as %s', (value, token) => {
    expect(readBearer(value)).toBe(token)
  })
})
