import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { refuseInvalidOptions, refuseUnknownOptions } from '@latchkey/jwt-middleware/contract'
import { type Device, networksOfDevice } from '../../platform/client/device.ts'
import { PASSWORD_HASHERS, type PasswordHasher } from '../../platform/config/password-config.ts'
import { createFairQueue } from '../../platform/process/fair-queue.ts'
import type { EmailAddress } from '../../platform/validation/email-address.ts'
import { BCRYPT_COST, isCurrent, preferredHasher, readHash } from './hashers/hashers.ts'

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
  /** Whether a stored hash has another algorithm or cost than new ones, so that it should be replaced. */
  isOutdated(encoded: string): boolean
  close(): Promise<void>
}

/**
 * The client of a password check: sites share the queue evenly, networks the turns of a site, and accounts those of a
 * network.
 */
export interface Requester {
  /** The site that one stranger may own with all its networks: see `siteOf`. */
  readonly site: string
  readonly network: string
  /** By email, whether or not the account exists. */
  readonly account: string
}

/** The queue position for this device and address. */
export function requesterOf(address: EmailAddress, device: Device): Requester {
  const { network, site } = networksOfDevice(device)
  return { site: site ?? '', network: network ?? '', account: address.key }
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

/** The messages to and from a worker (see worker.ts). */
export type PasswordTask =
  | {
      readonly task: 'hash'
      readonly password: string
      readonly hasher: PasswordHasher
      readonly cost: number
    }
  | { readonly task: 'check'; readonly password: string; readonly hash: string }
export type PasswordAnswer = { readonly result: string | boolean } | { readonly error: string }

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
  const preferred = preferredHasher(hasher, cost)

  return {
    hash: async (password, requester) =>
      String(await pool.run({ task: 'hash', password, hasher, cost }, requester)),
    async check(password, encoded, requester) {
      const known = encoded !== null && readHash(encoded) !== null
      const hash = known ? encoded : preferred.dummy
      const matches = await pool.run({ task: 'check', password, hash }, requester)
      return known && matches === true
    },
    isOutdated: (encoded) => !isCurrent(encoded, preferred),
    close: () => pool.close(),
  }
}

const isCost = (value: number): boolean => Number.isInteger(value) && value >= 4 && value <= 15

/** A command, or a test. */
const OURSELVES: Requester = { site: '', network: '', account: '' }

interface Job {
  readonly task: PasswordTask
  readonly resolve: (result: string | boolean) => void
  readonly reject: (error: Error) => void
}

function createPool(size: number) {
  const waiting = createFairQueue<Job>(3)
  const idle: Worker[] = []
  const busy = new Map<Worker, Job>()
  let closed = false

  function next(): void {
    const worker = waiting.size > 0 && (idle.pop() ?? (busy.size < size ? start() : undefined))
    const job = worker && waiting.shift()
    if (!job) return
    busy.set(worker, job)
    // Only running work keeps the process alive.
    worker.ref()
    worker.postMessage(job.task)
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
    run(task: PasswordTask, { site, network, account }: Requester = OURSELVES): Promise<string | boolean> {
      if (closed) return Promise.reject(new Error('The password service is closed.'))
      return new Promise((resolve, reject) => {
        waiting.push([site, network, account], { task, resolve, reject })
        next()
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
