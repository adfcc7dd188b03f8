import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { refuseInvalidOptions, refuseUnknownOptions } from '@latchkey/jwt-middleware/contract'
import { PASSWORD_HASHERS, type PasswordHasher } from '../../platform/config/password-config.ts'
import { createFairQueue } from '../../platform/process/fair-queue.ts'
import type { Requester } from '../rate-limits.ts'
import { BCRYPT_COST } from './hashers/hashers.ts'

/** Hashes and checks passwords in worker threads, since each takes a third of a second by design. */
export interface Passwords {
  /**
   * `algorithm$…` in Django's format, with the preferred algorithm.
   * @throws PasswordsBusy
   */
  hash(password: string, requester?: Requester): Promise<string>
  /**
   * `null`, or a hash of an unknown kind, returns `false` after the work of a new hash. For unknown emails, see
   * dummy-hash.ts.
   * @throws PasswordsBusy
   */
  check(password: string, encoded: string | null, requester?: Requester): Promise<boolean>
  /** The same, with what else the hash tells. */
  compare(password: string, encoded: string | null, requester?: Requester): Promise<Comparison>
  close(): Promise<void>
}

/** A password beside a stored hash. */
export interface Comparison {
  readonly matches: boolean
  /** Whether the hash has another algorithm or cost than new ones, so that it should be replaced. */
  readonly isOutdated: boolean
}

export interface PasswordOptions {
  /** The algorithm of new hashes. Default: `bcrypt_sha256`. */
  readonly hasher?: PasswordHasher | undefined
  /** bcrypt's logarithmic cost, 4 to 15. Default: 12. */
  readonly cost?: number | undefined
}

/** Maximum number of worker threads, of which there is one for each core. */
const MAX_THREADS = 4

/**
 * Maximum number of waiting passwords: about ten seconds of work for two cores. One more drops the newest of the site
 * with the most waiting.
 */
export const MAX_WAITING = 64

/** More passwords are waiting than users would wait for; answered with 503. */
export class PasswordsBusy extends Error {
  override readonly name = 'PasswordsBusy'
  readonly code = 'passwords_busy'

  constructor() {
    super(
      `${MAX_WAITING} password checks are waiting, many of them from this network. If someone is guessing passwords, limit the ` +
        'rate at the proxy. If all clients share one network, check TRUSTED_PROXIES.',
    )
  }
}

/** The messages to and from a worker (see worker.ts): to hash a password, or to compare it with a stored hash. */
export interface PasswordTask {
  readonly password: string
  readonly hasher: PasswordHasher
  readonly cost: number
  /** What to compare it with; absent to hash it. */
  readonly encoded?: string | null
}
export type PasswordAnswer = { readonly result: string | Comparison } | { readonly error: string }

/**
 * A pool of workers that starts with the first password.
 * @throws LatchkeyError `invalid_options`
 */
export function createPasswords(options: PasswordOptions = {}): Passwords {
  const { hasher = 'bcrypt_sha256', cost = BCRYPT_COST } = options
  refuseUnknownOptions('createPasswords', options, ['hasher', 'cost'])
  refuseInvalidOptions('createPasswords', [
    ...(PASSWORD_HASHERS.includes(hasher)
      ? []
      : [`hasher is ${hasher}. Set it to one of: ${PASSWORD_HASHERS.join(', ')}.`]),
    ...(isCost(cost) ? [] : [`cost is ${cost}. Set it to a whole number from 4 to 15.`]),
  ])
  const pool = createPool(Math.min(availableParallelism(), MAX_THREADS))
  const compare = (password: string, encoded: string | null, requester?: Requester) =>
    pool.run({ password, hasher, cost, encoded }, requester) as Promise<Comparison>

  return {
    hash: (password, requester) => pool.run({ password, hasher, cost }, requester) as Promise<string>,
    check: async (password, encoded, requester) => (await compare(password, encoded, requester)).matches,
    compare,
    close: () => pool.close(),
  }
}

const isCost = (value: number): boolean => Number.isInteger(value) && value >= 4 && value <= 15

/** A command, or a test. */
const OURSELVES: Requester = { site: '', network: '', account: '' }

interface Job {
  readonly task: PasswordTask
  readonly resolve: (result: string | Comparison) => void
  readonly reject: (error: Error) => void
}

function createPool(size: number) {
  const waiting = createFairQueue<Job>(3)
  const idle: Worker[] = []
  const busy = new Map<Worker, Job>()
  let closed = false

  const free = () => idle.pop() ?? (busy.size < size ? start() : undefined)

  function assign(worker: Worker, job: Job): void {
    busy.set(worker, job)
    // Only running work keeps the process alive.
    worker.ref()
    worker.postMessage(job.task)
  }

  function next(): void {
    const worker = waiting.size > 0 && free()
    const job = worker && waiting.shift()
    if (job) assign(worker, job)
  }

  function start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url))
    worker.on('message', (answer: PasswordAnswer) => {
      const job = finish(worker)
      idle.push(worker)
      if ('error' in answer) job?.reject(new Error(answer.error))
      else job?.resolve(answer.result)
      next()
    })
    worker.on('error', (error) => fail(worker, error as Error))
    worker.on('exit', () => fail(worker, new Error('The password worker stopped.')))
    return worker
  }

  function finish(worker: Worker): Job | undefined {
    const job = busy.get(worker)
    busy.delete(worker)
    worker.unref()
    return job
  }

  function fail(worker: Worker, error: Error): void {
    finish(worker)?.reject(error)
    const index = idle.indexOf(worker)
    if (index !== -1) idle.splice(index, 1)
    next()
  }

  return {
    run(task: PasswordTask, { site, network, account }: Requester = OURSELVES) {
      if (closed) return Promise.reject(new Error('The password service is closed.'))
      return new Promise<string | Comparison>((resolve, reject) => {
        const job = { task, resolve, reject }
        // A free worker takes it at once.
        const worker = free()
        if (worker) return assign(worker, job)
        waiting.push([site, network, account], job)
        if (waiting.size > MAX_WAITING) waiting.drop()?.reject(new PasswordsBusy())
      })
    },
    async close() {
      closed = true
      const error = new Error('The password service is closed.')
      for (const job of waiting.clear()) job.reject(error)
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()))
    },
  }
}
