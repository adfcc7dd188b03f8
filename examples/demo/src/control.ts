import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Service } from '@latchkey/auth-service'
import type { Family, Member } from './family.ts'
import { HOST } from './settings.ts'

/** What the demo does for the buttons of its apps. It listens on this machine only, and wants a key of this start. */
export interface Control {
  /** The settings by which an app finds it. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export interface ControlOptions {
  readonly family: Family
  /**
   * Stops the auth service for a while. Resolves once it is stopped: until when, in ms since 1970, and whether this
   * call did it.
   */
  readonly pauseAuth: () => Promise<{ readonly until: number; readonly isNew: boolean }>
}

const KEY_HEADER = 'x-demo-key'
const MAX_BODY = 1_000
/** For how long the same wish of the same user gets the same answer, in ms: the second one is a double click. */
const REPEAT = 500

interface Wish {
  readonly action: string
  readonly uuid: string
}

/** When an app heard of a change, in ms after the wish; or why it did not. */
type Hearing = { readonly app: string } & ({ readonly ms: number } | { readonly silence: string })

interface Report {
  readonly action: string
  /** `already`: there was nothing to change. */
  readonly outcome: 'done' | 'already' | 'failed'
  readonly heard: readonly Hearing[]
  /** Seconds until the auth service starts again. */
  readonly seconds?: number
}

export async function openControl({ family, pauseAuth }: ControlOptions): Promise<Control> {
  const key = randomBytes(32).toString('base64url')
  const recent = new Map<string, { readonly action: string; readonly report: Promise<Report> }>()
  let service: Promise<Service> | null = null
  /** The latest change. */
  let changing: Promise<unknown> = Promise.resolve()

  /** The parts of the auth service on the same database, as the command line has them. */
  async function parts(): Promise<Service> {
    service ??= import('@latchkey/auth-service').then(({ createService, readConfig }) =>
      createService(readConfig(family.auth.env)),
    )
    return service
  }

  async function change({ action, uuid }: Wish): Promise<Report['outcome']> {
    const { OPERATOR } = await import('@latchkey/auth-service')
    const { administration, sessions, users } = await parts()
    const user = await users.findByUuid(uuid)
    if (!user) return failed(action, 'not_found')
    if (action === 'end_all') return (await sessions.endAll(user.id, OPERATOR)) > 0 ? 'done' : 'already'
    if (action !== 'become_staff' && action !== 'leave_staff') return failed(action, 'unknown')
    const isStaff = action === 'become_staff'
    if (user.isStaff === isStaff) return 'already'
    const changed = await administration.change(uuid, { isStaff }, OPERATOR)
    return changed.ok ? 'done' : failed(action, changed.reason)
  }

  function failed(action: string, reason: string): 'failed' {
    console.error(`The tour could not do ${JSON.stringify(action)}: ${reason}`)
    return 'failed'
  }

  const ask = (member: Member, path: string, query: Readonly<Record<string, string>>) =>
    fetch(`http://${HOST}:${member.env.PORT}${path}?${new URLSearchParams(query)}`, {
      method: 'POST',
      headers: { [KEY_HEADER]: key },
    })

  /** Runs one change after another, so that the newest entry of the feed belongs to it. */
  function alone<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = changing.then(task)
    changing = result.catch(() => {})
    return result
  }

  /** Makes the change, and asks the apps when they heard of it. */
  async function changeAndListen(wish: Wish): Promise<Report> {
    const { action } = wish
    const { revocations } = await parts()
    const apps = [family.notes, family.teamBoard]
    const name = randomUUID()
    const { outcome, start, entry } = await alone(async () => {
      await Promise.all(apps.map((app) => ask(app, '/tour/watch', { name })))
      const start = Date.now()
      const outcome = await change(wish)
      return { outcome, start, entry: (await revocations.since(0, 1)).last }
    })
    if (outcome !== 'done') return { action, outcome, heard: [] }
    const heard = apps.map(async (app): Promise<Hearing> => {
      const answer = await ask(app, '/tour/heard', { name, entry: String(entry) })
      const said = (await answer.json()) as { at: number } | { silence: string }
      return { app: app.name, ...('at' in said ? { ms: Math.max(0, said.at - start) } : said) }
    })
    return { action, outcome, heard: await Promise.all(heard) }
  }

  async function fulfil(wish: Wish): Promise<Report> {
    const { action } = wish
    if (action !== 'stop_auth') return changeAndListen(wish)
    const { until, isNew } = await pauseAuth()
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000))
    return { action, outcome: isNew ? 'done' : 'already', heard: [], seconds }
  }

  /** Fulfils a wish, or says what came of the same one a moment ago. */
  function answer(wish: Wish): Promise<Report> {
    const { action, uuid } = wish
    const last = recent.get(uuid)
    if (last?.action === action) return last.report
    const current = { action, report: fulfil(wish) }
    recent.set(uuid, current)
    const forget = () => {
      if (recent.get(uuid) === current) recent.delete(uuid)
    }
    current.report.then(() => setTimeout(forget, REPEAT).unref(), forget)
    return current.report
  }

  const server = createServer(async (request, response) => {
    if (!isFromApp(request, key)) return response.writeHead(404).end()
    try {
      const report = await answer((await json(request)) as Wish)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(report))
    } catch (error) {
      console.error(`The tour failed: ${(error as Error).message}`)
      response.writeHead(500).end()
    }
  }).listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    env: { DEMO_CONTROL_URL: `http://${HOST}:${port}/`, DEMO_CONTROL_KEY: key },
    async close() {
      server.closeAllConnections()
      server.close()
      await (await service)?.close()
    },
  }
}

function isFromApp({ method, headers }: IncomingMessage, key: string): boolean {
  const [given, wanted] = [String(headers[KEY_HEADER] ?? ''), key].map((text) => Buffer.from(text))
  const isKey = given?.length === wanted?.length && timingSafeEqual(given as Buffer, wanted as Buffer)
  return method === 'POST' && isKey && Number(headers['content-length']) <= MAX_BODY
}
