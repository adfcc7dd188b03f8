import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type App, type AppOptions, startApp } from './app.ts'
import { type AuthOptions, type AuthService, startAuthService } from './auth-service.ts'

/** An auth service and apps, each in its own process, until the test ends. */
export interface House {
  readonly auth: AuthService
  readonly apps: readonly App[]
  /** A path in a folder that is deleted after the test. */
  file(name: string): string
  /** Starts one more app. */
  addApp(options?: Partial<AppOptions>): Promise<App>
  /** Moves the clocks of all processes together. */
  advance(seconds: number): Promise<void>
}

export interface HouseOptions extends Partial<AuthOptions> {
  /** How many apps, or the options of each. */
  readonly apps?: number | readonly Partial<AppOptions>[]
}

/** Starts everything; the auth service on SQLite by default, apps in memory. */
export async function openHouse({ apps = 0, ...options }: HouseOptions = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string) => join(folder, name)
  const auth = await startAuthService({ databaseUrl: `file:${file('auth.sqlite')}`, ...options })
  onTestFinished(async () => void (await auth.stop('SIGKILL')))
  const running: App[] = []

  async function addApp(options: Partial<AppOptions> = {}): Promise<App> {
    const app = await startApp({ authUrl: auth.url, ...options })
    onTestFinished(async () => void (await app.stop('SIGKILL')))
    running.push(app)
    return app
  }
  const wanted = typeof apps === 'number' ? Array.from({ length: apps }, () => ({})) : apps
  await Promise.all(wanted.map(addApp))

  return {
    auth,
    apps: running,
    file,
    addApp,
    async advance(seconds) {
      await Promise.all([auth, ...running].map((one) => one.advance(seconds)))
    },
  }
}
