import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Environment } from '../platform/config/config.ts'
import { decodeText } from '../platform/validation/decode-text.ts'

/** Whoever started the command. What a command is asked for goes to stdout, and everything here to stderr. */
export interface Terminal {
  /** Whether somebody is there to answer questions. */
  readonly interactive: boolean
  /** The environment it was started in. */
  readonly env: Environment
  /** Throws {@link Cancelled} where the answer is Ctrl-C or Ctrl-D. */
  ask(question: string): Promise<string>
  /** As `ask`, and what is typed is not shown. */
  askHidden(question: string): Promise<string>
  /** Everything that is piped in. Throws {@link Cancelled} where that is no text. */
  readInput(): Promise<string>
  /** Something between two questions. */
  say(line: string): void
  /** Says how far a long task has come: in place on a terminal, and on lines of their own elsewhere. */
  progress(line: string): void
  /** Ends the line that `progress` writes in place. */
  endProgress(): void
  /**
   * Does a long task, and on Ctrl-C asks it by the signal to end well, whose reason is {@link Cancelled} with this text.
   * A second Ctrl-C ends the process at once.
   */
  interruptible<Value>(news: string, task: (signal: AbortSignal) => Promise<Value>): Promise<Value>
}

/** Somebody would rather not. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
  readonly code = 'cancelled'
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean }

/** How often `progress` says something elsewhere than on a terminal, in ms. */
const PACE = 5_000

const NO_UTF8 =
  'This terminal does not send UTF-8: a character of that answer was lost, and nothing was done. Set its encoding to UTF-8 ' +
  '(LANG=C.UTF-8), or keep to ASCII.'

export function createTerminal(input: Input, output: Output, env: Environment): Terminal {
  const interactive = input.isTTY === true && output.isTTY === true
  let saidAt = 0
  let inPlace = false

  function question(text: string, hidden: boolean): Promise<string> {
    // Readline echoes by writing; shown is only what is asked.
    const muted = new Writable({ write: (_chunk, _encoding, done) => done() })
    output.write(`${text} `)
    const lines = createInterface({
      input,
      output: hidden ? muted : output,
      terminal: true,
      historySize: 0,
      prompt: '',
    })
    return new Promise((resolve, reject) => {
      let answer: string | null = null
      lines.once('line', (line) => {
        answer = line
        lines.close()
      })
      lines.once('SIGINT', () => lines.close())
      lines.once('close', () => {
        if (hidden || answer === null) output.write('\n')
        if (answer === null) reject(new Cancelled('Cancelled: nothing was done.'))
        // What this character stands for is lost: a password would be another one than was typed.
        else if (answer.includes('\uFFFD')) reject(new Cancelled(NO_UTF8))
        else resolve(answer)
      })
    })
  }

  return {
    interactive,
    env,
    ask: (text) => question(text, false),
    askHidden: (text) => question(text, true),
    async readInput() {
      const read = decodeText(await buffer(input))
      if (!read.ok) throw new Cancelled(`What was piped in can't be read. ${read.reason} Nothing was done.`)
      return read.value
    },
    say(line) {
      output.write(`${line}\n`)
    },
    progress(line) {
      if (output.isTTY) {
        output.write(`\r\x1b[K${line}`)
        inPlace = true
      } else if (Date.now() - saidAt >= PACE) {
        saidAt = Date.now()
        output.write(`${line}\n`)
      }
    },
    endProgress() {
      if (inPlace) output.write('\n')
      inPlace = false
    },
    async interruptible(news, task) {
      const stop = new AbortController()
      const hear = () => stop.abort(new Cancelled(news))
      process.once('SIGINT', hear)
      try {
        return await task(stop.signal)
      } finally {
        process.off('SIGINT', hear)
      }
    },
  }
}
