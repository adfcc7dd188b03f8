import type { ParseArgsConfig } from 'node:util'
import type { Result } from '@latchkey/jwt-middleware'
import type { Environment } from '../platform/config/config.ts'
import type { Service } from '../service.ts'
import type { Terminal } from './terminal.ts'

/** What was given after the command's name. */
export interface Given {
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * What to print, or why it was not done and what to do instead; `report` where there is something to print all the same.
 */
export type Outcome =
  | Result<string, string>
  | { readonly ok: false; readonly reason: string; readonly report: string }

interface Described {
  /** What follows its name, e.g. `KID` or `[--force]`. */
  readonly usage: string
  /** What it does, in a line. */
  readonly summary: string
  /** How many operands it takes, or at least and at most. */
  readonly operands: number | readonly [least: number, most: number]
  readonly options?: ParseArgsConfig['options']
}

/** One thing an operator can have done with the service's parts, beside running services or without any. */
export interface ServiceCommand extends Described {
  /** Throws on an outage. */
  run(service: Service, given: Given, terminal: Terminal): Promise<Outcome>
}

/** One that opens what it needs by itself. */
export interface BareCommand extends Described {
  /** Throws on an outage, and ConfigError. */
  runBare(env: Environment, given: Given, terminal: Terminal): Promise<Outcome>
}

export type Command = ServiceCommand | BareCommand

/** Lists can be had for programs, too. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const

/** As it is printed with `--json`. */
export const asJson = (value: unknown): string => JSON.stringify(value, null, 2)

/** Rows under their headings, in columns. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows]
  const widths = headings.map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  )
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** So many of something. */
export const amount = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`

/** A moment in seconds, as text. */
export const moment = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '')
