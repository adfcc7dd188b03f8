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
  /** On a domain of its own: it signs its users in by OpenID Connect. */
  readonly guestBook: Member
  /** On a domain of its own: it signs its users in by SAML. */
  readonly supplier: Member
}

const COOKIE_DOMAIN = 'demo.localhost'

/** The settings of the auth service and its apps, with their data in one folder. */
export function createFamily(folder: string, ports: Ports): Family {
  mkdirSync(folder, { recursive: true })
  const url = (name: string, port: number) => `http://${name}.${COOKIE_DOMAIN}:${port}`
  const authUrl = url('auth', ports.auth)

  const guestBookUrl = `http://partner.localhost:${ports.guestBook}`
  const supplierUrl = `http://supplier.localhost:${ports.supplier}`

  const app = (name: string, host: string, main: string, port: number, ownUrl = url(host, port)) =>
    member(name, ownUrl, main, port, {
      OWN_URL: ownUrl,
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
        { name: GUEST_BOOK, url: guestBookUrl, start: '/write', icon: 'GB', isOidcClient: true },
        { name: SUPPLIER, url: supplierUrl, start: '/', icon: 'S', isServiceProvider: true },
      ]),
      DEMO_CREDENTIALS: folder,
    }),
    notes: app('Notes', 'app1', '@latchkey/notes/main', ports.notes),
    teamBoard: app('Team board', 'app2', '@latchkey/team-board/main', ports.teamBoard),
    guestBook: app(GUEST_BOOK, 'partner', '@latchkey/guest-book/main', ports.guestBook, guestBookUrl),
    supplier: withSettings(
      app(SUPPLIER, 'supplier', '@latchkey/supplier/main', ports.supplier, supplierUrl),
      {
        SAML_KEY_FILE: samlKeyFile(folder),
        SAML_CERTIFICATE_FILE: samlCertificateFile(folder),
      },
    ),
  }
}

const GUEST_BOOK = 'Guest book'
const SUPPLIER = 'Supplier'

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
  /** Whether it signs its users in by OpenID Connect. Default: `false`. */
  readonly isOidcClient?: boolean
  /** Whether it signs its users in by SAML. Default: `false`. */
  readonly isServiceProvider?: boolean
}

export const demoApps = (apps: readonly DemoApp[]): string => JSON.stringify(apps)

/** Where the demo's auth service leaves the credentials of an app. */
export const credentialsFile = (folder: string, app: string): string =>
  join(folder, `${app.toLowerCase().replaceAll(' ', '-')}-credentials.json`)

/** An app with its credentials, once the auth service has issued them. */
export function withCredentials(app: Member, folder: string): Member {
  const file = credentialsFile(folder, app.name)
  if (!existsSync(file)) return app
  const { clientId, clientSecret } = JSON.parse(readFileSync(file, 'utf8'))
  return withSettings(app, { AUTH_CLIENT_ID: clientId, AUTH_CLIENT_SECRET: clientSecret })
}

export const withSettings = (app: Member, env: Member['env']): Member => ({
  ...app,
  env: { ...app.env, ...env },
})

/** The supplier's own key, with which it signs its messages, and the certificate that the auth service knows it by. */
export const samlKeyFile = (folder: string): string => join(folder, 'supplier-key.pem')
export const samlCertificateFile = (folder: string): string => join(folder, 'supplier-certificate.pem')

/** Made at the first start, since the signing keys in the database are sealed with it. */
export function secretKey(file: string): string {
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(36).toString('base64'), { mode: 0o600 })
    chmodSync(file, 0o600)
  }
  return readFileSync(file, 'utf8').trim()
}
