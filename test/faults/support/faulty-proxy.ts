import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A connection to a server that fails like real ones. */
export interface FaultyProxy {
  readonly url: string
  /** Delivers that many renewals and loses their responses: the connection breaks after this many bytes of each. */
  loseAnswers(count: number, afterBytes?: number): void
  /** How many responses are still to be lost. */
  readonly losing: number
  /** From now on nothing gets through in either direction, and no connection ends. */
  partition(): void
  /**
   * Passes bytes on again, including those held back, like TCP; or, with `broken`, only on new connections, as after a
   * router restart.
   */
  heal(how: 'late' | 'broken'): void
}

/** Forwards connections to the server at this address, until the test ends. */
export async function faultyProxy(target: string): Promise<FaultyProxy> {
  const { port: far } = new URL(target)
  const lines = new Set<{ near: Socket; away: Socket }>()
  let losing = 0
  let lostAfter = 0
  let partitioned = false

  const server = createServer({ pauseOnConnect: true }, (near) => {
    const away = connect(Number(far), '127.0.0.1')
    const line = { near, away }
    lines.add(line)
    const end = () => {
      near.destroy()
      away.destroy()
      lines.delete(line)
    }
    let isRenewal = false
    near.on('data', (chunk) => {
      isRenewal = chunk.toString('latin1').startsWith('POST /refresh ')
      away.write(chunk)
    })
    away.on('data', (chunk) => {
      if (losing === 0 || !isRenewal) return void near.write(chunk)
      losing--
      // Only after it was sent, since breaking a connection discards pending data.
      if (lostAfter > 0) near.write(chunk.subarray(0, lostAfter), end)
      else end()
    })
    for (const socket of [near, away]) socket.on('error', end).on('close', end)
    if (partitioned) away.pause()
    else near.resume()
  })
  server.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  onTestFinished(() => {
    server.close()
    for (const { near } of lines) near.destroy()
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers(count, afterBytes = 0) {
      losing = count
      lostAfter = afterBytes
    },
    get losing() {
      return losing
    },
    partition() {
      partitioned = true
      for (const { near, away } of lines) {
        near.pause()
        away.pause()
      }
    },
    heal(how) {
      partitioned = false
      for (const { near, away } of lines) {
        if (how === 'broken') near.destroy()
        near.resume()
        away.resume()
      }
    },
  }
}
