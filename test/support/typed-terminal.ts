import { stripVTControlCharacters } from 'node:util'
import { findProgram } from './programs.ts'
import { type Started, startProgram } from './temp-app.ts'

/** A terminal with a command in it. */
export interface TypedTerminal extends Started {
  /** Sends keys, such as `y\r`. */
  type(keys: string): void
  /** Presses Ctrl-C, and resolves with the exit code. */
  interrupt(): Promise<number | null>
}

/** Types a command into a terminal of its own, which ends with the test. The output has no colours and no `\r`. */
export function openTerminal(
  command: string,
  folder: string,
  env: Record<string, string> = {},
): TypedTerminal {
  const args = ['--quiet', '--return', '--flush', '--command', command, '/dev/null']
  const started = startProgram(findProgram('script'), folder, args, { TERM: 'dumb', ...env }, plain)
  const type = (keys: string) => void started.child.stdin?.write(keys)
  return {
    ...started,
    type,
    async interrupt() {
      type('\x03')
      return await started.ended
    },
  }
}

const plain = (text: string): string => stripVTControlCharacters(text).replaceAll('\r', '')
