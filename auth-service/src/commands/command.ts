import type { ParseArgsConfig } from 'node:util'
import type { Result } from '@latchkey/jwt-middleware'
import type { Service } from '../service.ts'

/** What was given after the command's name. */
export interface Given {
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/** One thing an operator can have done, beside running services or without any. */
export interface Command {
  /** What follows its name, e.g. `KID` or `[--force]`. */
  readonly usage: string
  /** What it does, in a line. */
  readonly summary: string
  /** How many operands it takes. */
  readonly operands: number
  readonly options?: ParseArgsConfig['options']
  /** What to print, or why it was not done and what to do instead. Throws on an outage. */
  run(service: Service, given: Given): Promise<Result<string, string>>
}

/** Lists can be had for programs, too. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const

/** Rows under their headings, in columns. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A moment in seconds, as text. */
export const moment = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '')
