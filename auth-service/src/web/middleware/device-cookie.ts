import type { Context } from 'hono'
import { DEVICE_COOKIE_LIFETIME, isDeviceCookie } from '../../accounts/known-devices.ts'
import { createHostCookie } from '../../platform/crypto/host-cookie.ts'
import type { Service } from '../../service.ts'
import { setCookies } from './set-cookies.ts'

/** Maximum number of users, or addresses of one user, per device. */
const MOST = 5
const SEPARATOR = '~'

const cookieOf = (https: boolean) => createHostCookie('device', https)

/** The browser's device cookies, valid or not. */
export const deviceCookiesOf = (c: Context, https: boolean): string[] =>
  cookieOf(https)
    .values(c.req.header('cookie'))
    .flatMap((value) => value.split(SEPARATOR, MOST))
    .filter(isDeviceCookie)

/** Makes the browser a known device of the user who has just signed in with this email. */
export async function rememberDevice(
  c: Context,
  { config, knownDevices }: Pick<Service, 'config' | 'knownDevices'>,
  email: string,
): Promise<void> {
  const { https } = config
  const others = deviceCookiesOf(c, https).filter((value) => !knownDevices.isOf(email, value))
  const value = [await knownDevices.createCookie(email), ...others].slice(0, MOST).join(SEPARATOR)
  setCookies(c, [cookieOf(https).set(value, DEVICE_COOKIE_LIFETIME)])
}
