import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Environment } from '../platform/config/config.ts'
import { decodeText } from '../platform/validation/decode-text.ts'

/** The terminal of the command. Requested output goes to stdout, everything here to stderr. */
export interface Terminal {
  /** Whether a user can answer questions. */
  readonly interactive: boolean
  /** The process's environment. */
  readonly env: Environment
  /** Throws {@link Cancelled} for Ctrl-C or Ctrl-D. */
  ask(question: string): Promise<string>
  /** Like `ask`, without showing the input. */
  askHidden(question: string): Promise<string>
  /** The complete piped input. Throws {@link Cancelled} if it is not text. */
  readInput(): Promise<string>
  /** Prints a message between two questions. */
  say(line: string): void
  /** Shows the progress of a long task: in place on a terminal, in separate lines elsewhere. */
  progress(line: string): void
  /** Ends the line of `progress`. */
  endProgress(): void
  /**
   * Runs a long task. Ctrl-C aborts its signal, with {@link Cancelled} and this text as the reason. A second Ctrl-C
   * ends the process at once.
   */
  interruptible<Value>(news: string, task: (signal: AbortSignal) => Promise<Value>): Promise<Value>
}

/** The user has cancelled. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
  readonly code = 'cancelled'
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean }

/** How often `progress` prints outside a terminal, in ms. */
const PACE = 5_000

const NO_UTF8 =
  'This terminal does not send UTF-8, so a character of your answer was lost. Nothing was done. Set its encoding to UTF-8 ' +
  '(LANG=C.UTF-8), or use ASCII only.'

export function createTerminal(input: Input, output: Output, env: Environment): Terminal {
  const interactive = input.isTTY === true && output.isTTY === true
  let saidAt = 0
  let inPlace = false

  function question(text: string, hidden: boolean): Promise<string> {
    // Readline echoes by writing; only the prompt is shown.
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
        if (answer === null) reject(new Cancelled('Cancelled. Nothing was done.'))
        // This marks a lost character, so the password would differ from the typed one.
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
      if (!read.ok) throw new Cancelled(`The piped input can't be read. ${read.reason} Nothing was done.`)
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
      const onSignal = () => stop.abort(new Cancelled(news))
      process.once('SIGINT', onSignal)
      try {
        return await task(stop.signal)
      } finally {
        process.off('SIGINT', onSignal)
      }
    },
  }
}
