const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** A day, with the time of it on hovering; `at` in seconds since 1970. */
export const When = ({ at }: { at: number }) => {
  const date = new Date(at * 1000)
  return (
    <time datetime={date.toISOString()} title={`${moment.format(date)} UTC`}>
      {day.format(date)}
    </time>
  )
}
