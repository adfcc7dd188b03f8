import { Duplex } from 'node:stream'

/**
 * A connection of an HTTP server in memory: what a page costs without the kernel, whose share is noise on a busy
 * machine.
 */
export class MemorySocket extends Duplex {
  #answered = () => {}

  /** Sends one request. Resolves once its answer begins; rejects unless that is 200. */
  request(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      // Later, so that the server has finished with this request.
      this.#answered = () => setImmediate(resolve)
      this.push(bytes)
    })
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#receive(chunk)
    done()
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error) => void): void {
    for (const { chunk } of chunks) this.#receive(chunk)
    done()
  }

  #receive(chunk: Buffer): void {
    const begin = chunk.toString('latin1', 0, 12)
    if (begin.startsWith('HTTP/1.1 ') && begin !== 'HTTP/1.1 200')
      throw new Error(`A page answered ${begin}.`)
    if (begin === 'HTTP/1.1 200') this.#answered()
  }

  setTimeout = () => this
  setNoDelay = () => this
  setKeepAlive = () => this
  ref = () => this
  unref = () => this
}
