import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOST, type Ports } from './settings.ts'

/** One process of the family. */
export interface Member {
  readonly name: string
  /** Its public URL. */
  readonly url: string
  readonly main: string
  readonly env: Readonly<Record<string, string>>
}

export interface Family {
  readonly auth: Member
  readonly notes: Member
  readonly teamBoard: Member
}

const COOKIE_DOMAIN = 'demo.localhost'

/** The settings of the auth service and both apps, with their data in one folder. */
export function createFamily(folder: string, ports: Ports): Family {
  mkdirSync(folder, { recursive: true })
  const url = (name: string, port: number) => `http://${name}.${COOKIE_DOMAIN}:${port}`
  const authUrl = url('auth', ports.auth)

  const app = (name: string, host: string, main: string, port: number) =>
    member(name, url(host, port), main, port, {
      OWN_URL: url(host, port),
      LOGIN_URL: `${authUrl}/login`,
      DATABASE_URL: `file:${join(folder, `${host}.sqlite`)}`,
    })

  return {
    auth: member('Auth service', authUrl, '@latchkey/demo/auth-service', ports.auth, {
      AUTH_URL: authUrl,
      COOKIE_DOMAIN,
      DATABASE_URL: `file:${join(folder, 'auth.sqlite')}`,
      SECRET_KEY: secretKey(join(folder, 'secret-key')),
      LOG_LEVEL: 'warn',
      // For seed.ts, which registers them.
      DEMO_APPS: demoApps([
        { name: 'Notes', url: url('app1', ports.notes), start: '/notes', icon: 'N' },
        { name: 'Team board', url: url('app2', ports.teamBoard), start: '/', icon: 'TB' },
      ]),
      TEAM_BOARD_CREDENTIALS: credentialsFile(folder),
    }),
    notes: app('Notes', 'app1', '@latchkey/notes/main', ports.notes),
    teamBoard: app('Team board', 'app2', '@latchkey/team-board/main', ports.teamBoard),
  }
}

/** One process: `main` is an entry of a package. */
export const member = (
  name: string,
  url: string,
  main: string,
  port: number,
  env: Readonly<Record<string, string>>,
): Member => ({
  name,
  url,
  main: fileURLToPath(import.meta.resolve(main)),
  env: { HOST, PORT: String(port), ...env },
})

/** An app for seed.ts. */
export interface DemoApp {
  readonly name: string
  readonly url: string
  /** The path of its tile. */
  readonly start: string
  readonly icon: string
}

export const demoApps = (apps: readonly DemoApp[]): string => JSON.stringify(apps)

/** Where the demo's auth service leaves the team board's credentials when it registers that app. */
const credentialsFile = (folder: string): string => join(folder, 'team-board-credentials.json')

/** The team board with its credentials, once the auth service has issued them. */
export function withCredentials(teamBoard: Member, folder: string): Member {
  const file = credentialsFile(folder)
  if (!existsSync(file)) return teamBoard
  const { clientId, clientSecret } = JSON.parse(readFileSync(file, 'utf8'))
  return {
    ...teamBoard,
    env: { ...teamBoard.env, AUTH_CLIENT_ID: clientId, AUTH_CLIENT_SECRET: clientSecret },
  }
}

/** Made at the first start, since the signing keys in the database are sealed with it. */
export function secretKey(file: string): string {
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(36).toString('base64'), { mode: 0o600 })
    chmodSync(file, 0o600)
  }
  return readFileSync(file, 'utf8').trim()
}
