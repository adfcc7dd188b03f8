import { once } from 'node:events'
import { connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Revocations } from '../../../../auth-service/src/events/events.ts'
import type { Backlog } from '../../../../auth-service/src/events/feed-subscribe.ts'
import type { Service } from '../../../../auth-service/src/service.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import {
  JSON_PAGE,
  type RevocationsEndpointOptions,
  revocationsEndpoint,
} from '../../../../auth-service/src/web/endpoints/revocations.ts'
import { identifyClient } from '../../../../auth-service/src/web/middleware/request-client.ts'
import { serve } from '../../../../auth-service/src/web/server.ts'
import { eventually } from '../../../support/eventually.ts'
import { NOW } from '../../../support/tokens.ts'
import { openStream } from '../../support/event-stream.ts'
import { addUser, DEVICE, onBothDatabases, openService, testConfig } from '../../support/services.ts'

const STREAM = { accept: 'text/event-stream' }
const OUTAGE = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })

const CONTRACT_2 = { 'latchkey-contract': '2' }

const get = (service: Service, path = '/revocations', headers: Record<string, string> = {}) =>
  createApp(service).request(path, { headers })

/** Serves only this endpoint on a free port, until the test ends. */
async function listening(
  service: Pick<Service, 'revocations' | 'appCredentials' | 'log' | 'warn' | 'now'>,
  options?: RevocationsEndpointOptions,
): Promise<number> {
  const app = new Hono()
    .use(identifyClient({ ...service, config: testConfig() }))
    .route('/', revocationsEndpoint(service, options))
  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function opened() {
  const service = await openService(testConfig())
  onTestFinished(() => service.close())
  return service
}

/** In ms. */
const HEARTBEAT = 15_000

/** Heartbeats are sent when the test advances the clock, until it ends. */
function freezeHeartbeats() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** Behind a proxy that is not listed in TRUSTED_PROXIES. */
const FORWARDED = { 'x-forwarded-for': '203.0.113.9' }

/** As many streams as strangers of one network may have. */
async function strangers(port: number) {
  const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(port, FORWARDED)))
  expect(streams.every(({ response }) => response.statusCode === 200)).toBe(true)
  return streams
}

/** The revocation feed with overrides, and its number of subscribers. */
function observed(revocations: Revocations, changes: Partial<Revocations> = {}) {
  let listening = 0
  const subscribe: Revocations['subscribe'] = (...args) => {
    const stop = revocations.subscribe(...args)
    let stopped = false
    listening++
    return () => {
      stop()
      if (!stopped) listening--
      stopped = true
    }
  }
  return { revocations: { ...revocations, subscribe, ...changes }, listening: () => listening }
}

/** Stores pages of 500 entries, about a megabyte each. */
async function fill({ database }: Service, pages: number): Promise<void> {
  const kid = 'k'.repeat(2000)
  for (let page = 0; page < pages; page++) {
    const entries = Array.from({ length: 500 }, () => ({ kid, exp: NOW + 60 }))
    await database.db.insert(database.revocations).values(entries)
  }
}

/** More pages than all buffers between the service and a client that reads nothing. */
const BUFFERS = 24

onBothDatabases('GET /revocations', (open) => {
  it('returns the live entries as JSON that no cache stores', async () => {
    const service = await open()
    const { session } = await service.sessions.start(await addUser(service), DEVICE)
    const empty = await get(service)
    expect(await empty.json()).toEqual({ last: 0, entries: [] })
    await service.sessions.end(session.id)
    const response = await get(service)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('vary')).toBe('Accept, latchkey-contract')
    const entry = { id: 1, sid: session.id, exp: NOW + 390 }
    expect(await response.json()).toEqual({ last: 1, entries: [entry] })
  })

  it('returns one entry for the end of all sessions, or one per session to older apps', async () => {
    const service = await open()
    const ada = await addUser(service)
    const [one, other] = [
      await service.sessions.start(ada, DEVICE),
      await service.sessions.start(ada, DEVICE),
    ]
    const stream = async (headers: Record<string, string>) => openStream(await listening(service), headers)
    const live = [await stream(CONTRACT_2), await stream({})] as const
    for (const { isReady } of live) await eventually(() => expect(isReady()).toBe(true))
    await service.sessions.endAll(ada.id)
    const sids = [one, other].map(({ session }) => session.id).sort()
    const person = [{ id: 1, sub: ada.uuid, before: NOW + 1, version: ada.version + 1, exp: NOW + 390 }]
    const sessions = sids.map((sid) => ({ sid, exp: NOW + 390 }))
    const withoutIds = (entries: readonly object[]) => entries.map((entry) => ({ ...entry, id: undefined }))
    const ids = (entries: readonly object[]) => entries.map((entry) => (entry as { id: number }).id)
    const bySid = (entries: readonly object[]) =>
      [...entries].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
    const json = async (headers: Record<string, string>) => {
      const { entries } = (await (await get(service, '/revocations', headers)).json()) as {
        entries: object[]
      }
      return bySid(entries)
    }
    expect(await json(CONTRACT_2)).toEqual(person)
    expect(bySid(withoutIds(await json({})))).toEqual(bySid(sessions))
    const late = [await stream(CONTRACT_2), await stream({ 'latchkey-contract': '1' })] as const
    for (const [known, unknown] of [live, late]) {
      await eventually(() => expect(known.entries()).toEqual(person))
      await eventually(() => expect(bySid(withoutIds(unknown.entries()))).toEqual(bySid(sessions)))
      // A client that lost the connection after the first gets both again.
      expect(ids(unknown.entries())).toEqual([0, 1])
    }
  })

  it('returns entries after `since`', async () => {
    const service = await open()
    for (const kid of ['a', 'b', 'c']) await service.revocations.changeKeys({ removed: kid })
    const ids = async (since: string) => {
      const { last, entries } = (await (await get(service, `/revocations?since=${since}`)).json()) as Awaited<
        ReturnType<Revocations['since']>
      >
      return [last, ...entries.map(({ id }) => id)]
    }
    expect(await ids('1')).toEqual([3, 2, 3])
    expect(await ids('3')).toEqual([3])
    expect(await ids('99')).toEqual([3, 1, 2, 3])
  })

  it('returns one page at a time, since anyone may ask, and the rest after its last entry', async () => {
    const service = await open()
    const { db, revocations } = service.database
    const kids = Array.from({ length: JSON_PAGE + 2 }, (_, at) => ({ kid: `${at}`, exp: NOW + 60 }))
    await db.insert(revocations).values(kids)
    const page = async (path: string) => {
      const { last, entries } = (await (await get(service, path)).json()) as Backlog
      return [last, entries.length, entries[0]?.id, entries.at(-1)?.id]
    }
    expect(await page('/revocations')).toEqual([JSON_PAGE, JSON_PAGE, 1, JSON_PAGE])
    const rest = `/revocations?since=${JSON_PAGE}`
    expect(await page(rest)).toEqual([JSON_PAGE + 2, 2, JSON_PAGE + 1, JSON_PAGE + 2])
  })

  it('returns older apps at most a page plus the sessions of one user at a time', async () => {
    const service = await open()
    const { db, revocations } = service.database
    const [PEOPLE, SESSIONS] = [45, 30]
    const sidOf = (person: number, at: number) => `${person}-${at}`
    const people = Array.from({ length: PEOPLE }, (_, person) => ({
      sub: `person-${person}`,
      before: NOW,
      version: 1,
      sids: JSON.stringify(Array.from({ length: SESSIONS }, (_, at) => sidOf(person, at))),
      exp: NOW + 60,
    }))
    await db.insert(revocations).values(people)
    const read = async (since: number, headers: Record<string, string> = {}) =>
      (await (await get(service, `/revocations?since=${since}`, headers)).json()) as {
        last: number
        entries: { id: number; sid?: string }[]
      }
    // 33 users have 990 sessions; those of the next user are sent completely.
    const first = await read(0)
    expect([first.last, first.entries.length, first.entries.at(-1)?.id]).toEqual([34, 1020, 34])
    const second = await read(first.last)
    expect([second.last, second.entries.length]).toEqual([PEOPLE, (PEOPLE - 34) * SESSIONS])
    expect(await read(second.last)).toEqual({ last: PEOPLE, entries: [] })
    const told = [...first.entries, ...second.entries].map(({ sid }) => sid)
    expect(new Set(told).size).toBe(PEOPLE * SESSIONS)
    expect(told).toContain(sidOf(33, SESSIONS - 1))
    expect((await read(0, CONTRACT_2)).entries).toHaveLength(PEOPLE)
    // For a replaced database: everything from the start.
    expect((await read(9_999)).last).toBe(34)
  })

  it('returns older apps pages of other entries as well, and says where each ends', async () => {
    const service = await open()
    const { db, revocations } = service.database
    await db
      .insert(revocations)
      .values(Array.from({ length: 40 }, (_, at) => ({ sid: `${at}`, exp: NOW + 60 })))
    const { last, entries } = (await (await get(service)).json()) as Backlog
    expect([last, entries.length]).toEqual([40, 40])
  })

  it('streams the live entries, marks their end, and continues', async () => {
    const service = await open()
    await service.revocations.changeKeys({ removed: 'a' })
    const stream = await openStream(await listening(service))
    expect(stream.response.statusCode).toBe(200)
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    await eventually(() => expect(stream.isReady()).toBe(true))
    await service.revocations.changeKeys({ removed: 'b' })
    await eventually(() => expect(stream.events).toHaveLength(4))
    const event = (id: number, kid: string) => ({
      id: String(id),
      event: 'revocation',
      data: JSON.stringify({ id, kid, removed: true, exp: NOW + 30 * 86_400 }),
    })
    expect(stream.events).toEqual([
      { retry: '1000' },
      event(1, 'a'),
      { event: 'ready', data: '{"last":1}' },
      event(2, 'b'),
    ])
  })

  it("resumes after the client's last event, without loss or repetition", async () => {
    const service = await open()
    const port = await listening(service)
    const first = await openStream(port)
    for (const kid of ['a', 'b']) await service.revocations.changeKeys({ removed: kid })
    await eventually(() => expect(first.entries()).toHaveLength(2))
    first.close()
    for (const kid of ['c', 'd']) await service.revocations.changeKeys({ removed: kid })
    const second = await openStream(port, { 'last-event-id': '2' })
    await service.revocations.changeKeys({ removed: 'e' })
    await eventually(() => expect(second.entries()).toHaveLength(3))
    expect([...first.entries(), ...second.entries()].map(({ kid }) => kid)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('loses and repeats nothing during many simultaneous events', async () => {
    const service = await open()
    const other = await open({ beside: service })
    const port = await listening(service)
    const announce = (from: number) =>
      Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 ? service : other).revocations.changeKeys({ removed: `${from + index}` }),
        ),
      )
    const early = await openStream(port)
    const [, ...late] = await Promise.all([announce(0), openStream(port), announce(40), openStream(port)])
    await announce(80)
    for (const stream of [early, late[0], late[2]]) {
      if (!(stream && 'entries' in stream)) throw new Error()
      await eventually(() => expect(stream.entries()).toHaveLength(120))
      expect(stream.entries().map(({ id }) => id)).toEqual(
        Array.from({ length: 120 }, (_, index) => index + 1),
      )
    }
  })
})

describe('A revocation stream', () => {
  it.each(['99', 'nonsense', '-1', ''])('after an unknown id (%j) contains everything', async (id) => {
    const service = await opened()
    await service.revocations.changeKeys({ removed: 'a' })
    const stream = await openStream(await listening(service), { 'last-event-id': id })
    await eventually(() => expect(stream.isReady()).toBe(true))
    expect(stream.entries().map(({ kid }) => kid)).toEqual(['a'])
  })

  it('contains only new entries if the client has all others', async () => {
    const service = await opened()
    for (const kid of ['a', 'b']) await service.revocations.changeKeys({ removed: kid })
    const stream = await openStream(await listening(service), { 'last-event-id': '2' })
    await eventually(() => expect(stream.isReady()).toBe(true))
    expect(stream.events.slice(1)).toEqual([{ event: 'ready', data: '{"last":2}' }])
  })

  it('sends regular heartbeats with the time', async () => {
    freezeHeartbeats()
    const stream = await openStream(await listening(await opened()))
    await eventually(() => expect(stream.isReady()).toBe(true))
    vi.advanceTimersByTime(4 * HEARTBEAT)
    await eventually(() => expect(stream.events.filter(({ comment }) => comment)).toHaveLength(4))
    expect(stream.events.at(-1)).toEqual({ comment: `${NOW}` })
  })

  it('goes silent while its service receives nothing itself, so that apps notice', async () => {
    const service = await opened()
    let hearing = true
    const { revocations } = observed(service.revocations, { hears: () => hearing })
    freezeHeartbeats()
    const stream = await openStream(await listening({ ...service, revocations }))
    const beats = () => stream.events.filter(({ comment }) => comment).length
    vi.advanceTimersByTime(HEARTBEAT)
    await eventually(() => expect(beats()).toBe(1))
    hearing = false
    vi.advanceTimersByTime(100 * HEARTBEAT)
    await service.revocations.changeKeys({ removed: 'a' })
    await eventually(() => expect(stream.entries()).toHaveLength(1))
    expect(beats()).toBe(1)
  })

  it('is refused to an address with too many streams until one of them ends', async () => {
    const port = await listening(await opened())
    const [first] = await strangers(port)
    const refused = await openStream(port, FORWARDED)
    expect(refused.response.statusCode).toBe(503)
    expect(refused.response.headers['retry-after']).toBe('5')
    first?.close()
    await eventually(async () => expect((await openStream(port, FORWARDED)).response.statusCode).toBe(200))
  })

  it('is open to apps on this machine when strangers behind an unlisted proxy have used up theirs', async () => {
    const port = await listening(await opened())
    await strangers(port)
    expect((await openStream(port, FORWARDED)).response.statusCode).toBe(503)
    expect((await openStream(port)).response.statusCode).toBe(200)
  })

  it('is refused with one log line that names the remedy, for any number of refusals', async () => {
    const service = await opened()
    const port = await listening(service)
    await strangers(port)
    for (let i = 0; i < 3; i++) expect((await openStream(port, FORWARDED)).response.statusCode).toBe(503)
    const lines = () => service.logged.filter(({ event }) => event === 'feed_full')
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 40,
        cause: 'network',
        msg: expect.stringContaining('INTERNAL_PORT'),
      }),
    ])
    service.wait(60)
    await openStream(port, FORWARDED)
    expect(lines()).toHaveLength(2)
  })

  it('is open to all apps on the listener for apps, in any number', async () => {
    const port = await listening(await opened(), { internal: true })
    const streams = await Promise.all(Array.from({ length: 150 }, () => openStream(port, FORWARDED)))
    expect(streams.every(({ response }) => response.statusCode === 200)).toBe(true)
    for (const stream of streams) stream.close()
  })

  it('returns 503 while the database is unavailable, and leaves no subscriber behind', async () => {
    const service = await opened()
    const { revocations, listening } = observed(service.revocations, { since: () => Promise.reject(OUTAGE) })
    for (const headers of [{}, STREAM]) {
      const response = await get({ ...service, revocations }, '/revocations', headers)
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('5')
    }
    expect(listening()).toBe(0)
  })

  it('ends if the database is unavailable when it must read, so that its client returns', async () => {
    const service = await opened()
    let away = false
    const since: Revocations['since'] = (...args) =>
      away ? Promise.reject(OUTAGE) : service.revocations.since(...args)
    const { revocations, listening: count } = observed(service.revocations, { since })
    const stream = await openStream(await listening({ ...service, revocations }))
    await eventually(() => expect(stream.isReady()).toBe(true))
    away = true
    // More than a stream keeps in memory.
    await fill(service, 2)
    expect(await stream.ended).toBe(true)
    expect(count()).toBe(0)
  })

  it('reports internal errors to the app', async () => {
    const service = await opened()
    const since = () => Promise.reject(new TypeError('a mistake'))
    const { revocations } = observed(service.revocations, { since })
    expect((await get({ ...service, revocations })).status).toBe(500)
  })

  it('comes in pages when it is long', async () => {
    const service = await opened()
    await fill(service, 3)
    const stream = await openStream(await listening(service))
    await eventually(() => expect(stream.isReady()).toBe(true))
    expect(stream.entries().map(({ id }) => id)).toEqual(Array.from({ length: 1500 }, (_, n) => n + 1))
    expect(stream.events.at(-1)).toEqual({ event: 'ready', data: '{"last":1500}' })
  })

  it('is forgotten when its client has left', async () => {
    const service = await opened()
    const { revocations, listening: count } = observed(service.revocations)
    const port = await listening({ ...service, revocations })
    const streams = await Promise.all([openStream(port), openStream(port)])
    await eventually(() => expect(count()).toBe(2))
    streams[0]?.close()
    await eventually(() => expect(count()).toBe(1))
    streams[1]?.close()
    await eventually(() => expect(count()).toBe(0))
  })

  it('waits for a slow client without buffering unread entries', async () => {
    const service = await opened()
    let pages = 0
    const since: Revocations['since'] = (...args) => {
      pages++
      return service.revocations.since(...args)
    }
    const { revocations } = observed(service.revocations, { since })
    await fill(service, BUFFERS)
    const stream = await openStream(await listening({ ...service, revocations }), CONTRACT_2)
    stream.response.pause()
    await eventually(() => expect(pages).toBeGreaterThan(0))
    const seen = pages
    expect(seen).toBeLessThan(BUFFERS)
    stream.response.resume()
    await eventually(() => expect(stream.isReady()).toBe(true))
    expect(stream.entries().map(({ id }) => id)).toEqual(
      Array.from({ length: BUFFERS * 500 }, (_, n) => n + 1),
    )
    expect(pages).toBeGreaterThan(BUFFERS)
  })

  it('is cut off when its client stops reading', async () => {
    const service = await opened()
    await fill(service, BUFFERS)
    const { revocations, listening: count } = observed(service.revocations)
    freezeHeartbeats()
    const port = await listening({ ...service, revocations })
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write('GET /revocations HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n')
    await once(socket, 'readable')
    expect(count()).toBe(1)
    await eventually(() => {
      vi.advanceTimersByTime(HEARTBEAT)
      expect(count()).toBe(0)
    })
    const closed = once(socket, 'close')
    socket.resume()
    await closed
  })

  it('answers HEAD with its headers only', async () => {
    const service = await opened()
    const { revocations, listening } = observed(service.revocations)
    const response = await createApp({ ...service, revocations }).request('/revocations', {
      method: 'HEAD',
      headers: STREAM,
    })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(listening()).toBe(0)
  })

  it.each(['x', '-1', '1.5', '1e3', '9'.repeat(16)])('rejects since=%s', async (since) => {
    const response = await get(await opened(), `/revocations?since=${since}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  })

  it('begins at `since` unless the client already has later events', async () => {
    const service = await opened()
    for (const kid of ['a', 'b', 'c']) await service.revocations.changeKeys({ removed: kid })
    const app = createApp(service)
    const read = async (headers: Record<string, string>) => {
      const response = await app.request('/revocations?since=1', { headers: { ...STREAM, ...headers } })
      const reader = response.body?.getReader()
      let text = ''
      while (!text.includes('event: ready')) text += new TextDecoder().decode((await reader?.read())?.value)
      await reader?.cancel()
      return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    }
    expect(await read({})).toEqual([2, 3])
    expect(await read({ 'last-event-id': '2' })).toEqual([3])
  })
})

describe('A server that shuts down', () => {
  it('ends its streams cleanly and at once, and tells later clients to return', async () => {
    const service = await openService(testConfig())
    const server = await serve(service)
    const { port } = server.address
    const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(port)))
    await eventually(() => expect(streams.every((stream) => stream.isReady())).toBe(true))
    const begin = performance.now()
    await server.close()
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(streams.map(() => true))
    expect(performance.now() - begin).toBeLessThan(8000)
  })

  it('does not wait for a client that stops reading', async () => {
    const service = await openService(testConfig())
    await fill(service, BUFFERS)
    const server = await serve(service)
    const socket = connect(server.address.port, '127.0.0.1').on('error', () => {})
    socket.write('GET /revocations HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n')
    await once(socket, 'readable')
    const begin = performance.now()
    await server.close()
    expect(performance.now() - begin).toBeLessThan(8000)
  })

  it('opens no new stream', async () => {
    const service = await openService(testConfig())
    await service.revocations.close()
    const response = await get(service, '/revocations', STREAM)
    expect(await response.text()).toBe('')
    await service.close()
  })
})
