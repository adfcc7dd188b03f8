import { onTestFinished } from 'vitest'
import type { Config } from '../../../auth-service/src/platform/config/config.ts'
import type { Overrides, Service } from '../../../auth-service/src/service.ts'
import { createApp } from '../../../auth-service/src/web/app.tsx'
import { type BrowserOptions, openBrowser } from './browser.ts'
import { openService, testConfig } from './services.ts'

export const PASSWORD = 'correct horse battery'
export const ADA = { email: 'ada@example.com', password: PASSWORD, first_name: 'Ada', last_name: 'Lovelace' }

/** The whole auth service in this process with a frozen clock, until the test ends. */
export async function openSite(
  changes: Partial<Config> = {},
  spoil: (service: Service) => Service = (it) => it,
  internet: Overrides['internet'] = {},
) {
  const service = await openService(testConfig(changes), {}, internet)
  onTestFinished(() => service.close())
  const app = createApp(spoil(service))
  const origin = service.config.authUrl
  const browser = (options: Partial<BrowserOptions> = {}) => openBrowser(app, { origin, ...options })
  return {
    service,
    app,
    origin,
    browser,
    /** A browser in which Ada or another user has just registered. */
    async signedIn(person: Partial<typeof ADA> = {}, options: Partial<BrowserOptions> = {}) {
      const visitor = browser(options)
      const { status } = await visitor.json('/register', { ...ADA, ...person })
      if (status !== 201) throw new Error(`Registration answered ${status}.`)
      return visitor
    },
  }
}

export type Site = Awaited<ReturnType<typeof openSite>>
