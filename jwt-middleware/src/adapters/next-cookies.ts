import { cookies } from 'next/headers.js'
import { parseSetCookie } from '../http/set-cookie.ts'

/**
 * Sets cookies with the response of a route handler or a server action, also where it ends with a redirect that Next
 * throws. Throws while a page is rendered.
 */
export async function setAllCookies(setCookies: readonly string[]): Promise<void> {
  const own = await cookies()
  for (const line of setCookies) own.set(parseSetCookie(line))
}
