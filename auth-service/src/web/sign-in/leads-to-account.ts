import type { Next } from './return-url.ts'

const DOORS = /^\/(?:account|admin)(?:\/|$)/

/**
 * Whether the way on leads to a page that the family's cookies alone do not open. Without an address it leads to the
 * account page.
 */
export function leadsToDoor({ href, host }: Next): boolean {
  if (href === null) return true
  const { pathname } = new URL(href)
  return host === null && (pathname === '/' || DOORS.test(pathname))
}

/** Whether it leads into the administration. */
export const leadsToAdmin = ({ href, host }: Next): boolean =>
  href !== null && host === null && /^\/admin(?:\/|$)/.test(new URL(href).pathname)
