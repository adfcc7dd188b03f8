import { describe, expect, it } from 'vitest'
import { PAGE, pageOf } from '../../../../auth-service/src/platform/database/pagination.ts'

const rows = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('A page of a list', () => {
  it('is complete and last if there are no more rows', () => {
    expect(pageOf(rows(0), String)).toEqual({ rows: [], next: null })
    expect(pageOf(rows(PAGE), String)).toEqual({ rows: rows(PAGE), next: null })
  })

  it('drops the extra row, and continues after the last one shown', () => {
    expect(pageOf(rows(PAGE + 1), String)).toEqual({ rows: rows(PAGE), next: String(PAGE - 1) })
  })
})
