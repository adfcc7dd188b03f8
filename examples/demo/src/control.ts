import { randomBytes, timingSafeEqual } from 'node:crypto'
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
  /** Stops the auth service for a while; resolves once it is stopped. */
  readonly pauseAuth: () => Promise<void>
}

const KEY_HEADER = 'x-demo-key'
const MAX_BODY = 1_000

interface Wish {
  readonly action: string
  readonly uuid: string
}

/** When an app heard of a change; `null` if it did not. */
interface Heard {
  readonly app: string
  readonly ms: number | null
}

export async function openControl({ family, pauseAuth }: ControlOptions): Promise<Control> {
  const key = randomBytes(32).toString('base64url')
  let service: Promise<Service> | null = null

  /** The parts of the auth service on the same database, as the command line has them. */
  async function parts(): Promise<Service> {
    service ??= import('@latchkey/auth-service').then(({ createService, readConfig }) =>
      createService(readConfig(family.auth.env)),
    )
    return service
  }

  async function change({ action, uuid }: Wish): Promise<boolean> {
    const { OPERATOR } = await import('@latchkey/auth-service')
    const { administration, sessions, users } = await parts()
    if (action === 'become_staff' || action === 'leave_staff') {
      return (await administration.change(uuid, { isStaff: action === 'become_staff' }, OPERATOR)).ok
    }
    const user = action === 'end_all' ? await users.findByUuid(uuid) : null
    if (!user) return false
    await sessions.endAll(user.id, OPERATOR)
    return true
  }

  const ask = (member: Member, path: string) =>
    fetch(`http://${HOST}:${member.env.PORT}${path}`, { method: 'POST', headers: { [KEY_HEADER]: key } })

  /** Makes the change, and asks the apps when they heard of it. */
  async function changeAndListen(wish: Wish): Promise<{ ok: boolean; heard: readonly Heard[] }> {
    await parts()
    const apps = [family.notes, family.teamBoard]
    await Promise.all(apps.map((app) => ask(app, '/tour/watch')))
    const start = Date.now()
    if (!(await change(wish))) return { ok: false, heard: [] }
    const heard = apps.map(async (app) => {
      const { at } = (await (await ask(app, '/tour/heard')).json()) as { at: number | null }
      return { app: app.name, ms: at === null ? null : Math.max(0, at - start) }
    })
    return { ok: true, heard: await Promise.all(heard) }
  }

  async function answer(wish: Wish) {
    if (wish.action !== 'stop_auth') return { action: wish.action, ...(await changeAndListen(wish)) }
    await pauseAuth()
    return { action: wish.action, ok: true, heard: [] }
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
