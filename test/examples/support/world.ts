import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@latchkey/house-style'
import type { AuthOptions } from '@latchkey/jwt-middleware/hono'
import { createTestAuth, type TestAuth, type TestPerson } from '@latchkey/jwt-middleware/testing'
import type { Database } from 'better-sqlite3'
import type { Hono } from 'hono'
import { afterAll, beforeAll } from 'vitest'
import { type Browser, openBrowser } from '../../auth-service/support/browser.ts'
import { COOKIE_DOMAIN, ISSUER, NOW, recordingLogger } from '../../support/tokens.ts'

interface AppOptions {
  readonly db: Database
  readonly ownUrl: string
  readonly loginUrl: string
  readonly now: () => number
  readonly auth: AuthOptions
}

export interface World {
  readonly origin: string
  readonly db: Database
  readonly databaseFile: string
  /** The clock of the app and of the tokens, in seconds. */
  seconds: number
  readonly authService: TestAuth['authService']
  visitor(): Browser
  /** Opens a stream of the app with this browser's cookies. */
  open(browser: Browser, path: string): Promise<Response>
  /** A browser with this user signed in; Ada by default. */
  signedIn(person?: TestPerson): Promise<Browser>
}

export const LOGIN = `${ISSUER}/login`

const NAMED: TestPerson = { email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' }

export const BOB: TestPerson = { email: 'bob@example.com', firstName: 'Bob', lastName: 'Builder' }

export const GRACE: TestPerson = {
  email: 'grace@example.com',
  firstName: 'Grace',
  lastName: 'Hopper',
  isStaff: true,
}

let folder: string

/** A folder for the databases of a test file; call it at the top level. */
export function useWorlds(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-examples-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
}

let count = 0

/** An app with an empty database, a stopped clock, and visitors that the test signs in. */
export function createWorld(origin: string, createApp: (options: AppOptions) => Hono): World {
  const databaseFile = join(folder, `${++count}.sqlite`)
  const db = openDatabase(databaseFile)
  db.pragma('busy_timeout = 1')
  const now = () => world.seconds * 1000
  const testAuth = createTestAuth({ ownUrl: origin, loginUrl: LOGIN, cookieDomain: COOKIE_DOMAIN, now })
  const visitor = () => openBrowser(app, { origin })
  const world: World = {
    origin,
    db,
    databaseFile,
    seconds: NOW,
    authService: testAuth.authService,
    visitor,
    async open(browser, path) {
      const headers = { cookie: await browser.jar.getCookieString(origin), accept: 'text/event-stream' }
      return app.request(new URL(path, origin).href, { headers })
    },
    async signedIn(person) {
      const browser = visitor()
      const { cookies } = testAuth.signedIn({ ...NAMED, ...person }).storageState()
      for (const { name, value } of cookies) {
        await browser.jar.setCookie(`${name}=${value}; Domain=${COOKIE_DOMAIN}; Path=/`, origin)
      }
      return browser
    },
  }
  const app = createApp({
    db,
    ownUrl: origin,
    loginUrl: LOGIN,
    now,
    auth: { ...testAuth.options, log: recordingLogger() },
  })
  return world
}

/** The login URL with this return URL. */
export const loginFor = (next: string): string => `${LOGIN}?next=${encodeURIComponent(next)}`
