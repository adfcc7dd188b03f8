import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@latchkey/house-style'
import type { AuthOptions } from '@latchkey/jwt-middleware/hono'
import type { Database } from 'better-sqlite3'
import type { Hono } from 'hono'
import { afterAll, beforeAll } from 'vitest'
import { type Browser, openBrowser } from '../../auth-service/support/browser.ts'
import { revocationSource } from '../../support/revocation-source.ts'
import {
  accessPayload,
  ISSUER,
  jwksResponse,
  NOW,
  recordingLogger,
  type TestKey,
  testKey,
} from '../../support/tokens.ts'

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
  /** Whether the auth service is up. */
  up: boolean
  visitor(): Browser
  /** A browser with this user signed in. */
  signedIn(claims?: Record<string, unknown>): Promise<Browser>
}

export const LOGIN = `${ISSUER}/login`

export const BOB = {
  user_uuid: '11111111-2222-3333-4444-555555555555',
  user_email: 'bob@example.com',
  user_first_name: 'Bob',
  user_last_name: 'Builder',
}

export const GRACE = {
  user_uuid: '22222222-2222-3333-4444-555555555555',
  user_email: 'grace@example.com',
  user_first_name: 'Grace',
  user_last_name: 'Hopper',
  user_is_staff: true,
}

let key: TestKey
let folder: string

/** Keys and a folder for the databases of a test file; call it at the top level. */
export function useWorlds(): void {
  beforeAll(async () => {
    key = await testKey('k1')
    folder = mkdtempSync(join(tmpdir(), 'latchkey-examples-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
}

let count = 0

/** An app with an empty database, a stopped clock, and visitors whose tokens the test signs. */
export function createWorld(origin: string, createApp: (options: AppOptions) => Hono): World {
  const databaseFile = join(folder, `${++count}.sqlite`)
  const db = openDatabase(databaseFile)
  db.pragma('busy_timeout = 1')
  const now = () => world.seconds * 1000
  const fetch = async () => {
    if (!world.up) throw new Error('connect ECONNREFUSED')
    return jwksResponse(key)
  }
  const visitor = () => openBrowser(app, { origin })
  const world: World = {
    origin,
    db,
    databaseFile,
    seconds: NOW,
    up: true,
    visitor,
    async signedIn(claims = {}) {
      const browser = visitor()
      const payload = accessPayload({ iat: world.seconds, exp: world.seconds + 300, ...claims })
      await browser.jar.setCookie(`jwt.access=${key.sign(payload)}; Domain=demo.localhost; Path=/`, origin)
      return browser
    },
  }
  const app = createApp({
    db,
    ownUrl: origin,
    loginUrl: LOGIN,
    now,
    auth: { fetch, now, log: recordingLogger(), revocations: revocationSource() },
  })
  return world
}

/** The login URL with this return URL. */
export const loginFor = (next: string): string => `${LOGIN}?next=${encodeURIComponent(next)}`
