import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Device } from '../device.ts'

/** What a request tells of the device it came from; the address is the connection's, which nobody can claim. */
export function deviceOf(c: Context): Device {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  return { userAgent: c.req.header('user-agent') ?? '', address: incoming?.socket.remoteAddress ?? '' }
}
