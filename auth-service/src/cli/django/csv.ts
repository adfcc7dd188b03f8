/** A record of a CSV file and the line on which it begins. */
export interface CsvRecord {
  readonly line: number
  readonly cells: readonly string[]
}

/** Delimiters. Excel uses `;` where numbers have a decimal comma, and databases write tabs and bars. */
export const DELIMITERS = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/**
 * Reads CSV (RFC 4180) with any of the delimiters and any kind of line end; skips empty lines. Throws a SyntaxError for
 * an unclosed quote.
 */
export function parseCsv(text: string, delimiter: Delimiter = ','): CsvRecord[] {
  const records: CsvRecord[] = []
  let line = 1
  let begin = 1
  let cells: string[] = []
  // A cell with its end: quoted, with "" for a quote, or bare.
  const cell = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"|([^"${delimiter}\\r\\n]*))([${delimiter}]|\\r\\n|\\n|\\r|$)`,
    'y',
  )
  while (cell.lastIndex < text.length || cells.length > 0) {
    const match = cell.exec(text)
    if (!match) throw new SyntaxError(`The quotes in line ${begin} do not match.`)
    const [whole, quoted, bare = '', end] = match
    cells.push(quoted?.replaceAll('""', '"') ?? bare)
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0
    if (end === delimiter) continue
    if (cells.length > 1 || cells[0] !== '' || quoted !== undefined) records.push({ line: begin, cells })
    cells = []
    begin = line
  }
  return records
}
