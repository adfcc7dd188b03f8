import { describe, expect, it } from 'vitest'
import { parseCsv } from '../../../../auth-service/src/cli/django/csv.ts'
import { cpuTime } from '../../../support/cpu-time.ts'

const cellsOf = (text: string) => parseCsv(text).map(({ cells }) => cells)

describe('CSV', () => {
  it.each([
    ['a,b\nc,d', 'LF'],
    ['a,b\r\nc,d\r\n', 'CRLF, and one at the end'],
    ['a,b\rc,d', 'CR'],
    ['\n\na,b\n\nc,d\n\n', 'empty lines'],
    ['"a","b"\n"c","d"', 'quotes that need not be'],
  ])('%j has two records: %s', (text) => {
    expect(cellsOf(text)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('contains commas, quotes and line ends within quotes', () => {
    expect(cellsOf('"a,b","say ""hi""","two\r\nlines",""\n,"","""",x')).toEqual([
      ['a,b', 'say "hi"', 'two\r\nlines', ''],
      ['', '', '"', 'x'],
    ])
  })

  it('can have empty cells at the end of a line and of the file', () => {
    expect(cellsOf('a,\n,b,\n,')).toEqual([
      ['a', ''],
      ['', 'b', ''],
      ['', ''],
    ])
    expect(cellsOf('')).toEqual([])
    expect(cellsOf('""')).toEqual([['']])
  })

  it('reports the line on which each record begins', () => {
    expect(parseCsv('a\n\n"b\nb"\r\nc').map(({ line }) => line)).toEqual([1, 3, 5])
  })

  it.each(['"a', 'a\n"b', 'a"b', '"a"b', '"a" ,b', '"""'])(
    'is rejected with unbalanced quotes: %j',
    (text) => {
      expect(() => parseCsv(text)).toThrow(SyntaxError)
    },
  )

  it('is parsed quickly, for cells and files of any size', async () => {
    const spent = await cpuTime(() => {
      expect(cellsOf(`"${'x""'.repeat(500_000)}"`)[0]?.[0]).toHaveLength(1_000_000)
      expect(cellsOf('a,b,c\n'.repeat(100_000))).toHaveLength(100_000)
      expect(() => parseCsv(`"${'a'.repeat(1_000_000)}`)).toThrow('The quotes in line 1 do not match.')
    })
    expect(spent).toBeLessThan(5000)
  })
})
