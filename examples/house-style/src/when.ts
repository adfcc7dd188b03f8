import { html } from 'hono/html'

/** A day, with the time of it on hovering; `at` in seconds since 1970. */
export const when = (at: number) => {
  const date = new Date(at * 1000)
  // `Thu, 01 Jan 1970 00:00:00 GMT`, always (ECMA-262, section 21.4.4.43), and no formatter to wait for.
  const text = date.toUTCString()
  return html`<time datetime="${date.toISOString()}" title="${text.slice(0, -7)} UTC">${text.slice(5, -13)}</time>`
}
