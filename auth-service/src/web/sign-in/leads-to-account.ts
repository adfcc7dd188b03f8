import { getPath } from 'hono/utils/url'
import type { ReturnUrl } from './return-url.ts'

const DOORS = /^\/(?:account|admin)(?:\/|$)/

/**
 * Whether the way on leads to a page that the family's cookies alone do not open. Without an address it leads to the
 * account page.
 */
export function leadsToAccount({ href, host }: ReturnUrl): boolean {
  if (href === null) return true
  const path = pathOf(href)
  return host === null && (path === '/' || DOORS.test(path))
}

/** Whether it leads into the administration. */
export const leadsToAdmin = ({ href, host }: ReturnUrl): boolean =>
  href !== null && host === null && /^\/admin(?:\/|$)/.test(pathOf(href))

/** As the routes read it: `/%61ccount` is `/account` to them. */
const pathOf = (href: string): string => getPath(new Request(href))
