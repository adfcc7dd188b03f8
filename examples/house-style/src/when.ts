import { raw } from 'hono/html'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A date, with the time on hover; `at` in seconds since 1970. */
export function when(at: number) {
  // From its parts: toISOString() alone takes longer than all of this.
  const date = new Date(at * 1000)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth()
  const day = twoDigits(date.getUTCDate())
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`
  const words = `${day} ${MONTHS[month]} ${year}`
  // Contains nothing to escape.
  return raw(
    `<time datetime="${year}-${twoDigits(month + 1)}-${day}T${time}Z" title="${words}, ${time} UTC">${words}</time>`,
  )
}

const twoDigits = (number: number): string => (number < 10 ? `0${number}` : String(number))
