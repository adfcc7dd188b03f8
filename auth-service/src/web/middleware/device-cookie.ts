import { MAX_SAME_NAME, readCookies, serializeCookie } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import { isMark, MARK_LIFETIME } from '../../accounts/known-devices.ts'
import type { Service } from '../../service.ts'
import { setCookies } from './set-cookies.ts'

/** So many people of one household, or one person's addresses, are known on a device. */
const MOST = 5
const SEPARATOR = '~'

const cookieName = (https: boolean): string => (https ? '__Host-device' : 'device')

/** The marks that a browser brings, of whatever worth. */
export const deviceMarksOf = (c: Context, https: boolean): string[] =>
  readCookies(c.req.header('cookie') ?? '', cookieName(https))
    .slice(0, MAX_SAME_NAME)
    .flatMap((value) => value.split(SEPARATOR, MOST))
    .filter(isMark)

/** Makes the browser one that is known to whoever has just signed in with this e-mail. */
export async function rememberDevice(
  c: Context,
  { config, knownDevices }: Pick<Service, 'config' | 'knownDevices'>,
  email: string,
): Promise<void> {
  const { https } = config
  const others = deviceMarksOf(c, https).filter((mark) => !knownDevices.isOf(email, mark))
  const value = [await knownDevices.mark(email), ...others].slice(0, MOST).join(SEPARATOR)
  setCookies(c, [serializeCookie(cookieName(https), value, { secure: https, maxAge: MARK_LIFETIME })])
}
