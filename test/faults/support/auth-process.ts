/** The auth service as it is built, with a clock that can be moved. */
import { createPasswords, createService, readConfig, type Service } from '@latchkey/auth-service'
import { createClock, givenOptions, serveTasks } from './tasks.ts'

export interface AuthProcessOptions {
  readonly clockOffset: number
}

/** What the parent can have it do, without a request. */
export type AuthTasks = {
  advance(seconds: number): void
  /** Calls a method of one of the service's parts, as an administrator's tool would. */
  call(part: keyof Service, method: string, ...given: unknown[]): Promise<unknown>
}

// It is no export of the package; the build is what runs.
const { serve } = (await import(
  new URL('../../../auth-service/dist/web/server.js', import.meta.url).href
)) as typeof import('../../../auth-service/src/web/server.ts')

const { clockOffset } = givenOptions<AuthProcessOptions>()
const clock = createClock(clockOffset)
const config = readConfig(process.env)
const passwords = createPasswords({ hasher: config.passwordHasher, cost: 4 })
const service = await createService(config, { now: clock.now, passwords })
// Sweeps by a clock that is moved would come in the middle of anything.
const server = await serve({ ...service, sweepSoon() {} })

const tasks: AuthTasks = {
  advance: clock.advance,
  async call(part, method, ...given) {
    const methods = service[part] as unknown as Record<string, (...given: unknown[]) => unknown>
    return methods[method]?.(...given)
  },
}
serveTasks(server.address, tasks, server.close)
