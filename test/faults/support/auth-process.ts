/** The auth service with a movable clock. */
import { createPasswords, readConfig } from '@latchkey/auth-service'
import { openParts, type Parts } from '../../../auth-service/src/service.ts'
import { serve } from '../../../auth-service/src/web/server.ts'
import { createClock, givenOptions, serveTasks } from './tasks.ts'

export interface AuthProcessOptions {
  readonly clockOffset: number
}

/** Tasks for the parent, without a request. */
export type AuthTasks = {
  advance(seconds: number): void
  /** Calls a method of one of the service's parts, like an administrator's tool. */
  call(part: keyof Parts, method: string, ...given: unknown[]): Promise<unknown>
}

const { clockOffset } = givenOptions<AuthProcessOptions>()
const clock = createClock(clockOffset)
const config = readConfig(process.env)
const passwords = createPasswords({ hasher: config.passwordHasher, cost: 4 })
const service = await openParts(config, { now: clock.now, passwords })
// Clean-ups by a movable clock would interfere with the tests.
const server = await serve({ ...service, cleanUpSoon() {} })

const tasks: AuthTasks = {
  advance: clock.advance,
  async call(part, method, ...given) {
    const methods = service[part] as unknown as Record<string, (...given: unknown[]) => unknown>
    return methods[method]?.(...given)
  },
}
serveTasks(server.address, tasks, server.close)
