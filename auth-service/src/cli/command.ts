import type { ParseArgsConfig } from 'node:util'
import type { Result } from '@latchkey/jwt-middleware/contract'
import type { Environment } from '../platform/config/config.ts'
import { createWriter } from '../platform/i18n/duration.ts'
import type { Service } from '../service.ts'
import type { Terminal } from './terminal.ts'

/** The arguments after the command's name. */
export interface Given {
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * What to print, or why nothing was done and what to do instead; `report` if there is something to print all the same.
 */
export type Outcome =
  | Result<string, string>
  | { readonly ok: false; readonly reason: string; readonly report: string }

interface Described {
  /** What follows its name, e.g. `KID` or `[--force]`. */
  readonly usage: string
  /** A description in one line. */
  readonly summary: string
  /** How many operands it takes, as a number or a range. */
  readonly operands: number | readonly [least: number, most: number]
  readonly options?: ParseArgsConfig['options']
  /** Set if it works without the settings of an auth service. */
  readonly needsNoSettings?: true
}

/** A command that uses the service's parts, with or without running services. */
export interface ServiceCommand extends Described {
  /** Throws on an outage. */
  run(service: Service, given: Given, terminal: Terminal): Promise<Outcome>
}

/** A command that opens what it needs itself. */
export interface BareCommand extends Described {
  /** Throws on an outage, and ConfigError. */
  runBare(env: Environment, given: Given, terminal: Terminal): Promise<Outcome>
}

export type Command = ServiceCommand | BareCommand

/** Options of commands that can print JSON for programs. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const

/** The values of an option that may be repeated, without empty ones; `undefined` if it was not given. */
export const listOf = (values: unknown): readonly string[] | undefined =>
  (values as readonly string[] | undefined)?.filter((value) => value !== '')

/** The output with `--json`. */
export const asJson = (value: unknown): string => JSON.stringify(value, null, 2)

/** Formats rows in columns under their headings. */
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

const english = createWriter('en-GB')

/** A number with its noun: `1 user`, `2 users`. */
export const amount = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${english.isOne(number) ? one : many}`

/** A time in seconds, as text. */
export const moment = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '')
