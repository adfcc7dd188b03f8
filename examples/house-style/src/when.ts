import { raw } from 'hono/html'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A day, with the time of it on hovering; `at` in seconds since 1970. */
export const when = (at: number) => {
  const iso = new Date(at * 1000).toISOString()
  const day = `${iso.slice(8, 10)} ${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)}`
  // Nothing in it needs escaping.
  return raw(`<time datetime="${iso}" title="${day}, ${iso.slice(11, 16)} UTC">${day}</time>`)
}
