/** The auth service as it is built, with a clock that can be moved. */
import { createService, readConfig, type Service } from '@latchkey/auth-service'
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

// They are no exports of the package; the build is what runs.
const built = (file: string) => import(new URL(`../../../auth-service/dist/${file}`, import.meta.url).href)
const { serve }: typeof import('../../../auth-service/src/server.ts') = await built('server.js')
const { createPasswords }: typeof import('../../../auth-service/src/passwords.ts') =
  await built('passwords.js')

const { clockOffset } = givenOptions<AuthProcessOptions>()
const clock = createClock(clockOffset)
const passwords = createPasswords({ cost: 4 })
const service = await createService(readConfig(process.env), { now: clock.now, passwords })
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
