import { afterEach, beforeEach, vi } from 'vitest'
import { run } from '../../../auth-service/src/cli/run.ts'
import { Cancelled, type Terminal } from '../../../auth-service/src/cli/terminal.ts'
import { COOKIE_DOMAIN, ISSUER, NOW } from '../../support/tokens.ts'
import { SECRET_KEY } from './services.ts'

const REQUIRED = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY }

export interface Printed {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface LatchkeyOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Answers typed at the terminal, in turn; without them there is no terminal. */
  readonly answers?: readonly string[]
  /** The piped input. */
  readonly input?: string
  /** Whether Ctrl-C is pressed as soon as a long task begins. */
  readonly interrupted?: boolean
}

/** Runs `latchkey` in this process, at the time of the services' clocks. */
export function useLatchkey(): (args: readonly string[], options?: LatchkeyOptions) => Promise<Printed> {
  let out: string[] = []
  let err: string[] = []
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
    vi.spyOn(console, 'log').mockImplementation((line) => void out.push(line))
    vi.spyOn(console, 'error').mockImplementation((line) => void err.push(line))
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })
  return async (args, options = {}) => {
    out = []
    err = []
    const all = { ...REQUIRED, ...options.env }
    const code = await run(args, all, createActor(all, err, options, options.answers !== undefined))
    return { code, out: out.join('\n'), err: err.join('\n') }
  }
}

function createActor(
  env: Terminal['env'],
  err: string[],
  { input = '', answers = [], interrupted = false }: LatchkeyOptions,
  interactive: boolean,
): Terminal {
  const left = [...answers]
  const answer = async (question: string) => {
    err.push(question)
    const next = left.shift()
    if (next === undefined) throw new Error(`Nobody answers "${question}".`)
    return next
  }
  return {
    env,
    interactive,
    ask: answer,
    askHidden: answer,
    readInput: async () => input,
    say: (line) => void err.push(line),
    progress: () => {},
    endProgress: () => {},
    interruptible: (news, task) =>
      task(interrupted ? AbortSignal.abort(new Cancelled(news)) : new AbortController().signal),
  }
}
