import type { Context } from 'hono'
import type { Device } from '../device.ts'
import { clientOf } from './client.ts'
import { languageFor } from './language.ts'

/** What a request tells of the device it came from; the address is one that nobody can claim. */
export function deviceOf(c: Context): Device {
  const { address, marks } = clientOf(c)
  return { userAgent: c.req.header('user-agent') ?? '', address, marks, language: languageFor(c).code }
}
