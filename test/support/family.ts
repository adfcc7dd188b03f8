import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OPERATOR, readConfig } from '@latchkey/auth-service'
import type { openParts as OpenParts, Parts } from '../../auth-service/src/service.ts'
import { createFamily, type Family, type Member } from '../../examples/demo/src/family.ts'
import { choosePorts } from '../../examples/demo/src/settings.ts'

// The package does not export it; the build is what runs.
const { openParts } = (await import(new URL('../../auth-service/dist/service.js', import.meta.url).href)) as {
  openParts: typeof OpenParts
}

const root = resolve(import.meta.dirname, '../..')

const MAIN = {
  auth: 'auth-service/dist/main.js',
  notes: 'examples/notes/dist/main.js',
  teamBoard: 'examples/team-board/dist/main.js',
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
}

/** Starts the auth service and both apps as separate processes, on free ports, with new databases. */
export async function startFamily(
  env: Readonly<Record<string, string>> = {},
  { credentials = false, apps = true }: FamilyOptions = {},
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
  const family = credentials ? await administer((service) => register(service, bare)) : bare
  const relative = (member: Member, main: string) => createRelative(member, resolve(root, main), env)
  const auth = relative(family.auth, MAIN.auth)
  const notes = relative(family.notes, MAIN.notes)
  const teamBoard = relative(family.teamBoard, MAIN.teamBoard)
  const all = [auth, notes, teamBoard]
  await Promise.all((apps ? all : [auth]).map((one) => one.start()))
  return {
    auth,
    notes,
    teamBoard,
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
async function register({ apps, appCredentials }: Parts, family: Family): Promise<Family> {
  async function registered(app: Member): Promise<Member> {
    const created = await apps.create({ name: app.name, origins: [app.url] }, OPERATOR)
    const issued = created.ok && (await appCredentials.issue(created.value.id, OPERATOR))
    if (issued === false || !issued.ok) throw new Error(`${app.name} got no credentials.`)
    const { clientId, clientSecret } = issued.value
    return { ...app, env: { ...app.env, AUTH_CLIENT_ID: clientId, AUTH_CLIENT_SECRET: clientSecret } }
  }
  return { ...family, notes: await registered(family.notes), teamBoard: await registered(family.teamBoard) }
}

function createRelative(
  { name, url, env }: Member,
  main: string,
  more: Readonly<Record<string, string>>,
): Relative {
  let child: ChildProcess | null = null
  let output = ''
  return {
    url,
    databaseFile: env.DATABASE_URL?.replace('file:', '') ?? '',
    env: { ...env, ...more },
    output: () => output,
    async start() {
      const running = spawn(process.execPath, [main], {
        env: { PATH: process.env.PATH, ...env, ...more },
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
