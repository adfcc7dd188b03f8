/** A length of time as people say it. */
export interface Amount {
  readonly count: number
  readonly unit: 'second' | 'minute' | 'hour' | 'day'
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** From here on, the next larger unit says more. */
const MANY = 90

/** So many seconds, in the unit that people would count them in; rounded up where none says it exactly. */
export function amountOf(seconds: number): Amount {
  if (seconds <= MANY) return { count: seconds, unit: 'second' }
  if (seconds % DAY === 0) return { count: seconds / DAY, unit: 'day' }
  if (seconds % HOUR === 0) return { count: seconds / HOUR, unit: 'hour' }
  const minutes = Math.ceil(seconds / MINUTE)
  return minutes <= MANY
    ? { count: minutes, unit: 'minute' }
    : { count: Math.ceil(seconds / HOUR), unit: 'hour' }
}

/** What writes numbers and lengths of time as in this locale; what formats them is made once. */
export function createWriter(locale: string): (value: number | Amount) => string {
  const numbers = new Intl.NumberFormat(locale)
  const unitOf = (unit: Amount['unit']) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
  const units = {
    second: unitOf('second'),
    minute: unitOf('minute'),
    hour: unitOf('hour'),
    day: unitOf('day'),
  }
  return (value) =>
    typeof value === 'number' ? numbers.format(value) : units[value.unit].format(value.count)
}
