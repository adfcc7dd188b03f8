import { describe, expect, it } from 'vitest'
import { PAGE, pageOf } from '../../../../auth-service/src/platform/database/pagination.ts'

const rows = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('a page of a list', () => {
  it('is all of it, and the last, where there are no more rows than it shows', () => {
    expect(pageOf(rows(0), String)).toEqual({ rows: [], next: null })
    expect(pageOf(rows(PAGE), String)).toEqual({ rows: rows(PAGE), next: null })
  })

  it('leaves out the row that came beyond it, and goes on after the last that it shows', () => {
    expect(pageOf(rows(PAGE + 1), String)).toEqual({ rows: rows(PAGE), next: String(PAGE - 1) })
  })
})
