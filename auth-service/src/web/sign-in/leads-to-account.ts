import { getPath } from 'hono/utils/url'
import type { ReturnUrl } from './return-url.ts'

const DOORS = /^\/(?:account|admin)(?:\/|$)/

/** Whether the return URL needs more than the family's cookies. Without one, the target is the account page. */
export function leadsToAccount({ href, host }: ReturnUrl): boolean {
  if (href === null) return true
  const path = pathOf(href)
  return host === null && (path === '/' || DOORS.test(path))
}

/** Whether it is in the administration. */
export const leadsToAdmin = ({ href, host }: ReturnUrl): boolean =>
  href !== null && host === null && /^\/admin(?:\/|$)/.test(pathOf(href))

/** As the routes read it: for them `/%61ccount` is `/account`. */
const pathOf = (href: string): string => getPath(new Request(href))
