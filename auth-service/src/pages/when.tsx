import { inWords } from '../moment.ts'

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

interface WhenProps {
  /** Seconds since 1970. */
  readonly at: number
  /** The time of the request in seconds: given, what lies less than a day back is told from there. */
  readonly now?: number
}

/** A moment, for people and for programs. */
export const When = ({ at, now }: WhenProps) => (
  <time datetime={new Date(at * 1000).toISOString()}>
    {now === undefined ? inWords(at) : (ago(now - at) ?? inWords(at))}
  </time>
)

function ago(seconds: number): string | null {
  if (seconds < 2 * MINUTE) return 'just now'
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), 'minute')
  return seconds < DAY ? relative.format(-Math.floor(seconds / HOUR), 'hour') : null
}
