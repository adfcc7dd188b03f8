import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the range of ephemeral ports: it stays free while its server is down. */
const [LEAST, MOST] = [20_000, 32_000]

/** A free port for a server that will be stopped and restarted. */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = LEAST + Math.floor(Math.random() * (MOST - LEAST))
    const probe = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([
      once(probe, 'listening').then(() => true),
      once(probe, 'error').then(() => false),
    ]).catch(() => false)
    if (!isFree) continue
    await new Promise((closed) => probe.close(closed))
    return port
  }
}
