const dateAndTime = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** Seconds since 1970 in words: nobody knows the reader's time zone, so it is UTC. */
export const inWords = (at: number): string => `${dateAndTime.format(at * 1000)} UTC`
