import type { Logger } from './log.ts'

/** The fields that identify a limited line. Both are constants, never input. */
export interface LimitedFields {
  readonly event: string
  readonly cause?: string
  readonly [field: string]: unknown
}

/** Writes a warning, unless the same one, or too many of its kind, occurred within the last minute. */
export type WarnLimited = (fields: LimitedFields, message: string) => void

/** In ms. */
const WINDOW = 60_000
/** Different lines of one kind per window. */
const MOST_LINES = 10
/** More kinds than the code has; the oldest is forgotten. */
const MOST_KINDS = 100

interface Kind {
  since: number
  /** Lines omitted since then. */
  suppressed: number
  readonly lines: Set<string>
}

/**
 * Limits warnings that strangers can cause: of each kind (event and cause) at most ten different lines a minute, and
 * each line once. The next line of that kind has the number of omitted ones. Memory is bounded.
 */
export function createLimitedLog(
  log: Pick<Logger, 'warn'>,
  elapsed: () => number = () => performance.now(),
): WarnLimited {
  const kinds = new Map<string, Kind>()

  function open(name: string): { kind: Kind; suppressed: number } {
    const time = elapsed()
    const known = kinds.get(name)
    if (known && time - known.since < WINDOW) return { kind: known, suppressed: 0 }
    const kind = { since: time, suppressed: 0, lines: new Set<string>() }
    kinds.delete(name)
    kinds.set(name, kind)
    if (kinds.size > MOST_KINDS) kinds.delete(kinds.keys().next().value as string)
    return { kind, suppressed: known?.suppressed ?? 0 }
  }

  return (fields, message) => {
    const { kind, suppressed } = open(`${fields.event} ${fields.cause ?? ''}`)
    const line = JSON.stringify(fields)
    if (kind.lines.has(line) || kind.lines.size >= MOST_LINES) {
      kind.suppressed++
      return
    }
    kind.lines.add(line)
    log.warn(suppressed > 0 ? { ...fields, suppressed } : fields, message)
  }
}
