import { createServer } from 'node:net'

/** The port of each member. */
export interface Ports {
  readonly auth: number
  readonly notes: number
  readonly teamBoard: number
  /** Not under the cookie domain, like the next one. */
  readonly guestBook: number
  readonly supplier: number
}

export const HOST = '127.0.0.1'
const USUAL = '4000,4001,4002,4003,4004'

/**
 * The ports in `DEMO_PORTS`, with free ones for zeros, and for the guest book and the supplier if only three are named.
 * @throws Error naming the first port that is taken
 */
export async function choosePorts(given = USUAL): Promise<Ports> {
  if (!/^\d{1,5}(?:,\d{1,5}){2,4}$/.test(given)) {
    throw new Error(`DEMO_PORTS is "${given}". Set it to five numbers, for example DEMO_PORTS=${USUAL}`)
  }
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = given.split(',').map(Number)
  const [auth = 0, notes = 0, teamBoard = 0, guestBook = 0, supplier = 0] = await holdAll(
    [first, second, third, fourth, fifth],
    'DEMO_PORTS=4100,4101,4102,4103,4104 npm run demo',
  )
  return { auth, notes, teamBoard, guestBook, supplier }
}

/**
 * Opens all ports at once, so that zeros become different ones, and closes them again.
 * @throws Error naming the first port that is taken
 */
export async function holdAll(ports: readonly number[], remedy: string): Promise<number[]> {
  const attempts = await Promise.allSettled(ports.map((port) => hold(port, remedy)))
  await Promise.all(attempts.map((attempt) => attempt.status === 'fulfilled' && attempt.value.release()))
  return attempts.map((attempt) => {
    if (attempt.status === 'rejected') throw attempt.reason
    return attempt.value.port
  })
}

function hold(wanted: number, remedy: string): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${wanted} is in use. Stop the program that uses it, or choose other ports: ${remedy}`
      reject(new Error(error.code === 'EADDRINUSE' ? taken : `Port ${wanted}: ${error.message}`))
    })
    server.listen(wanted, HOST, () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : wanted
      resolve({ port, release: () => new Promise((done) => server.close(() => done())) })
    })
  })
}
