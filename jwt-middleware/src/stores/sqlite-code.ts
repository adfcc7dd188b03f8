/** SQLite's result codes that have a remedy (SQLite, "Result and Error Codes"). */
const CODES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  8: 'SQLITE_READONLY',
  13: 'SQLITE_FULL',
  26: 'SQLITE_NOTADB',
}

/** The code of an error of `node:sqlite`, which has a number, as better-sqlite3 and bun:sqlite name it. */
export function sqliteCode(error: unknown): string | undefined {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown }
  // The last byte is the primary code; the others say more about the cause.
  if (typeof errcode === 'number') return CODES[errcode & 0xff]
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined
}
