import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OPERATOR, readConfig } from '@latchkey/auth-service'
import type { openParts as OpenParts, Parts } from '../../auth-service/src/service.ts'
import { createFamily, type Family, type Member } from '../../examples/demo/src/family.ts'
import { choosePorts } from '../../examples/demo/src/settings.ts'
import { makeSupplierKey, supplierAt } from '../../examples/demo/src/supplier-key.ts'
import { childEnv } from './child-env.ts'

// The package does not export it; the build is what runs.
const { openParts } = (await import(new URL('../../auth-service/dist/service.js', import.meta.url).href)) as {
  openParts: typeof OpenParts
}

const root = resolve(import.meta.dirname, '../..')

/** Makes bcrypt cheap in the auth service: see there. */
const QUICK_BCRYPT = `--require=${JSON.stringify(resolve(import.meta.dirname, 'quick-bcrypt.cjs'))}`

const MAIN = {
  auth: 'auth-service/dist/main.js',
  notes: 'examples/notes/dist/main.js',
  teamBoard: 'examples/team-board/dist/main.js',
  guestBook: 'examples/guest-book/dist/main.js',
  supplier: 'examples/supplier/dist/main.js',
} as const

/** Settings of a process whose clock is wrong by that many seconds. */
export const clockOff = (seconds: number) => ({
  NODE_OPTIONS: `--import=data:text/javascript,const%20right=Date.now;Date.now=()=>right()+${seconds * 1000}`,
})

/** A process of the family, which can be stopped and restarted on its port. */
export interface Relative {
  readonly url: string
  readonly databaseFile: string
  /** Its settings. */
  readonly env: Readonly<Record<string, string>>
  /** The process's output so far, including errors. */
  readonly output: () => string
  start(): Promise<void>
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface RunningFamily {
  readonly auth: Relative
  readonly notes: Relative
  readonly teamBoard: Relative
  /** On another domain, by OpenID Connect. It runs only where `guestBook` asks for it. */
  readonly guestBook: Relative
  /** On another domain, by SAML. It runs only where `supplier` asks for it. */
  readonly supplier: Relative
  /** Starts another process of a member on the same database and a new port, optionally with other settings. */
  double(app: keyof typeof MAIN, settings?: (url: string) => Record<string, string>): Promise<Relative>
  /** All of them, including the additional ones. */
  processes(): readonly Relative[]
  /** The auth service's parts on the same database in this process, like an administrator's tool. */
  administer<Value>(task: (service: Parts) => Promise<Value>): Promise<Value>
  close(): Promise<void>
}

export interface FamilyOptions {
  /** Registers both apps, as `Notes` and `Team board`, and starts them with credentials. Default: `false`. */
  readonly credentials?: boolean
  /** Whether the apps run, too. Default: `true`. */
  readonly apps?: boolean
  /** Whether the guest book is registered and runs, too: a client whose users are asked for consent, or not. */
  readonly guestBook?: 'first party' | 'third party'
  /** Whether the supplier is registered and runs, too. Default: `false`. */
  readonly supplier?: boolean
}

/** Starts the auth service and both apps as separate processes, on free ports, with new databases. */
export async function startFamily(
  env: Readonly<Record<string, string>> = {},
  { credentials = false, apps = true, guestBook: kind, supplier: hasSupplier = false }: FamilyOptions = {},
): Promise<RunningFamily> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-family-'))
  const bare = createFamily(folder, await choosePorts('0,0,0'))
  const administer: RunningFamily['administer'] = async (task) => {
    const service = await openParts(readConfig({ ...bare.auth.env, ...env, LOG_LEVEL: 'silent' }))
    try {
      return await task(service)
    } finally {
      await service.close()
    }
  }
  // Before the auth service runs, which would learn of new apps within seconds only.
  const known = credentials ? await administer((service) => register(service, bare)) : bare
  const family = kind
    ? { ...known, guestBook: await administer((service) => registerClient(service, bare, kind)) }
    : known
  if (hasSupplier) await administer((service) => registerSupplier(service, bare.supplier, folder))
  const relative = (member: Member, main: string) => createRelative(member, resolve(root, main), env)
  const auth = relative(family.auth, MAIN.auth)
  const notes = relative(family.notes, MAIN.notes)
  const teamBoard = relative(family.teamBoard, MAIN.teamBoard)
  const guestBook = relative(family.guestBook, MAIN.guestBook)
  const supplier = relative(family.supplier, MAIN.supplier)
  const all = [auth, notes, teamBoard, guestBook, supplier]
  const running = [
    auth,
    ...(apps ? [notes, teamBoard] : []),
    ...(kind ? [guestBook] : []),
    ...(hasSupplier ? [supplier] : []),
  ]
  await Promise.all(running.map((one) => one.start()))
  return {
    auth,
    notes,
    teamBoard,
    guestBook,
    supplier,
    async double(app, settings = () => ({})) {
      const { auth: port } = await choosePorts('0,0,0')
      const url = new URL(family[app].url)
      url.port = String(port)
      const env = { ...family[app].env, PORT: String(port), ...settings(url.origin) }
      const member = { ...family[app], url: url.origin, env }
      const one = relative(member, MAIN[app])
      all.push(one)
      await one.start()
      return one
    },
    processes: () => all,
    administer,
    async close() {
      await Promise.all(all.map((one) => one.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The family whose apps have credentials in their environment. */
const register = async (service: Parts, family: Family): Promise<Family> => ({
  ...family,
  notes: (await registered(service, family.notes)).app,
  teamBoard: (await registered(service, family.teamBoard)).app,
})

/** An app with credentials in its environment, and its id at the auth service. */
async function registered({ apps, appCredentials }: Parts, app: Member) {
  const created = await apps.create({ name: app.name, origins: [app.url] }, OPERATOR)
  const issued = created.ok && (await appCredentials.issue(created.value.id, OPERATOR))
  if (!created.ok || issued === false || !issued.ok) throw new Error(`${app.name} got no credentials.`)
  const { clientId, clientSecret } = issued.value
  const env = { ...app.env, AUTH_CLIENT_ID: clientId, AUTH_CLIENT_SECRET: clientSecret }
  return { id: created.value.id, app: { ...app, env } as Member }
}

async function registerSupplier(service: Parts, { name, url }: Member, folder: string): Promise<void> {
  const created = await service.apps.create(
    { name, origins: [url], start_url: `${url}/`, icon: 'S' },
    OPERATOR,
  )
  const input = supplierAt(url, await makeSupplierKey(folder, url))
  const set = created.ok && (await service.serviceProviders.set(created.value.id, input, OPERATOR))
  if (!set || !('ok' in set && set.ok)) throw new Error(`${name} did not become a service provider.`)
}

async function registerClient(
  service: Parts,
  { guestBook }: Family,
  kind: 'first party' | 'third party',
): Promise<Member> {
  const { id, app } = await registered(service, guestBook)
  const client = {
    redirect_uris: [`${app.url}/auth/callback`],
    post_logout_redirect_uris: [`${app.url}/auth/signed-out`],
    back_channel_logout_uri: `${app.url}/auth/back-channel-logout`,
    first_party: kind === 'first party',
  }
  const set = await service.oidcClients.set(id, client, OPERATOR)
  if (!set?.ok) throw new Error(`${app.name} did not become a client.`)
  return app
}

function createRelative(
  { name, url, env }: Member,
  main: string,
  more: Readonly<Record<string, string>>,
): Relative {
  let child: ChildProcess | null = null
  let output = ''
  const given: Readonly<Record<string, string>> = { ...env, ...more }
  return {
    url,
    databaseFile: env.DATABASE_URL?.replace('file:', '') ?? '',
    env: given,
    output: () => output,
    async start() {
      const running = spawn(process.execPath, [main], {
        env: { ...childEnv(), ...given, NODE_OPTIONS: `${QUICK_BCRYPT} ${given.NODE_OPTIONS ?? ''}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = running
      await new Promise<void>((ready, fail) => {
        const listen = (chunk: Buffer) => {
          output += chunk
          if (output.includes('listening on')) ready()
        }
        running.stdout.on('data', listen)
        running.stderr.on('data', listen)
        running.once('exit', (code) =>
          fail(new Error(`${name} ended with ${code} before it listened:\n${output}`)),
        )
      })
    },
    async stop(signal = 'SIGTERM') {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      // After its complete output has arrived.
      const ended = once(child, 'close')
      child.kill(signal)
      await ended
      output = output.replaceAll('listening on', 'listened on')
      child = null
    },
  }
}
