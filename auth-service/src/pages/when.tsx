const dateAndTime = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
})
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

/** A moment, for people and for programs. Without a script nobody knows the reader's time zone: it is UTC. */
export const When = ({ at, now }: WhenProps) => (
  <time datetime={new Date(at * 1000).toISOString()}>
    {now === undefined ? absolute(at) : (ago(now - at) ?? absolute(at))}
  </time>
)

const absolute = (at: number): string => `${dateAndTime.format(at * 1000)} UTC`

function ago(seconds: number): string | null {
  if (seconds < 2 * MINUTE) return 'just now'
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), 'minute')
  return seconds < DAY ? relative.format(-Math.floor(seconds / HOUR), 'hour') : null
}
