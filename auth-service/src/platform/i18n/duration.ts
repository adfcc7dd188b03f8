import { lazy } from '../process/lazy.ts'

/** Formats durations in words. */
export interface Duration {
  readonly count: number
  readonly unit: 'second' | 'minute' | 'hour' | 'day'
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** The value from which the next larger unit is used. */
const MANY = 90

/** Seconds in a natural unit; rounded up if no unit is exact. */
export function durationOf(seconds: number): Duration {
  if (seconds <= MANY) return { count: seconds, unit: 'second' }
  if (seconds % DAY === 0) return { count: seconds / DAY, unit: 'day' }
  if (seconds % HOUR === 0) return { count: seconds / HOUR, unit: 'hour' }
  const minutes = Math.ceil(seconds / MINUTE)
  return minutes <= MANY
    ? { count: minutes, unit: 'minute' }
    : { count: Math.ceil(seconds / HOUR), unit: 'hour' }
}

/** The number formats and plural rules of a locale. */
export interface Writer {
  /** A number or a duration as text. */
  write(value: number | Duration): string
  /** Whether the plural rules (CLDR) choose the form `one` for this count, as in `1 day`. */
  isOne(count: number): boolean
}

/** Formats numbers and durations for this locale; each formatter is created once, when it is needed. */
export function createWriter(locale: string): Writer {
  const numbers = lazy(() => new Intl.NumberFormat(locale))
  const plurals = lazy(() => new Intl.PluralRules(locale))
  const unitOf = (unit: Duration['unit']) =>
    lazy(() => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }))
  const units = {
    second: unitOf('second'),
    minute: unitOf('minute'),
    hour: unitOf('hour'),
    day: unitOf('day'),
  }
  return {
    write: (value) =>
      typeof value === 'number' ? numbers().format(value) : units[value.unit]().format(value.count),
    isOne: (count) => plurals().select(count) === 'one',
  }
}
