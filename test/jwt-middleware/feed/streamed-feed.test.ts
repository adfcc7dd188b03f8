import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type PublicJwk, readPublicJwk } from '../../../jwt-middleware/src/contract/jwk.ts'
import type { Feed, FeedOptions } from '../../../jwt-middleware/src/feed/feed.ts'
import { createFeed } from '../../../jwt-middleware/src/feed/feed-process.ts'
import { memoryState, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { eventually } from '../../support/eventually.ts'
import { type FeedServer, startFeedServer } from '../../support/feed-server.ts'
import { revocationSource } from '../../support/revocation-source.ts'
import { ADA, NOW, recordingLogger, testKey } from '../../support/tokens.ts'

const EXP = NOW + 360
const token = (sid: string, iat = NOW) => ({ sid, iat, sub: ADA.uuid })
const PERSON = (number: number) => `11111111-2222-3333-4444-${String(number).padStart(12, '0')}`

/** Waits until it holds, at most a reconnection. */
const until = (condition: () => void) => eventually(condition, { interval: 5 })

describe('The revocation feed', () => {
  let server: FeedServer
  let time: number
  let feeds: Feed[]
  const log = recordingLogger()

  beforeEach(async () => {
    server = await startFeedServer()
    time = NOW * 1000
    feeds = []
    log.warnings.length = 0
  })
  afterEach(async () => {
    for (const feed of feeds) feed.close()
    await server.close()
  })

  function createOne(changes: Partial<FeedOptions> = {}): Feed {
    const feed = createFeed({
      url: `${server.url}/revocations`,
      whenStale: 'accept',
      onKeyPublished: () => {},
      onKeyRemoved: () => {},
      onTime: () => {},
      state: storedValue(memoryState(), 'feed'),
      now: () => time,
      log,
      ...changes,
    })
    feeds.push(feed)
    return feed
  }

  async function startOne(changes: Partial<FeedOptions> = {}): Promise<Feed> {
    const feed = createOne(changes)
    feed.start()
    await feed.settled()
    return feed
  }

  const knows = (feed: Feed, sid: string) => until(() => expect(feed.verdict(token(sid))).toBe('revoked'))

  describe('at its start', () => {
    it('makes no connection before the start, and then one', async () => {
      const feed = createOne()
      expect(feed.status()).toEqual({ state: 'idle', age: null, lastId: 0, entries: 0, pollEvery: null })
      expect(server.asked).toEqual([])
      feed.start()
      feed.start()
      expect(feed.status().state).toBe('connecting')
      await feed.settled()
      expect(server.asked).toEqual([null])
      expect(feed.settled()).toBeNull()
    })

    it('receives all live revocations', async () => {
      server.announce({ sid: 'a', exp: EXP }, { sid: 'b', before: NOW + 1, exp: EXP })
      const feed = await startOne()
      expect(feed.status()).toEqual({ state: 'live', age: 0, lastId: 2, entries: 2, pollEvery: null })
      expect(['a', 'b', 'c'].map((sid) => feed.verdict(token(sid)))).toEqual(['revoked', 'stale', 'good'])
    })

    it('delays no request while the auth service is down', async () => {
      await server.cut()
      const feed = await startOne()
      expect(feed.status()).toMatchObject({ state: 'connecting', age: null })
      expect(feed.verdict(token('a'))).toBe('good')
    })

    it('delays requests for at most a second while the auth service is silent', async () => {
      server.silence()
      const begin = performance.now()
      await startOne()
      expect(performance.now() - begin).toBeLessThan(20_000)
    })
  })

  it('receives everything at once', async () => {
    const feed = await startOne()
    for (let i = 0; i < 50; i++) server.announce({ sid: `session-${i}`, exp: EXP })
    await knows(feed, 'session-49')
    expect(feed.status()).toMatchObject({ lastId: 50, entries: 50 })
    server.announce({ sid: 'b', before: NOW + 1, exp: EXP })
    await until(() => expect(feed.verdict(token('b'))).toBe('stale'))
    expect(feed.verdict(token('b', NOW + 1))).toBe('good')
  })

  it('passes on removed keys', async () => {
    const removed: string[] = []
    const feed = await startOne({ onKeyRemoved: (kid) => removed.push(kid) })
    server.announce({ kid: 'key-1', removed: true, exp: EXP })
    await until(() => expect(removed).toEqual(['key-1']))
    expect(feed.isRemovedKey('key-1')).toBe(true)
  })

  it('passes on published keys, which are no revocations', async () => {
    const published: string[] = []
    const { publicJwk } = await testKey('key-2')
    const jwk = readPublicJwk(publicJwk) as PublicJwk
    const feed = await startOne({ onKeyPublished: ({ kid }) => published.push(kid) })
    const version = feed.version()
    server.announce({ jwk, exp: EXP })
    await until(() => expect(published).toEqual(['key-2']))
    expect(feed.status()).toMatchObject({ lastId: 1, entries: 0 })
    expect(feed.version()).toBe(version)
    expect(feed.isRemovedKey('key-2')).toBe(false)
  })

  it('skips what it cannot read, and continues', async () => {
    const feed = await startOne()
    server.write('event: revocation\ndata: {nonsense\n\n')
    server.write('event: revocation\ndata: {"id":1}\n\n')
    server.write('event: weather\ndata: {"id":1,"sid":"a","exp":9}\n\n')
    server.write('data: {"id":1,"sid":"a","exp":9}\n\n')
    server.announce({ sid: 'b', exp: EXP })
    await knows(feed, 'b')
    expect(feed.status()).toMatchObject({ state: 'live', entries: 1 })
  })

  describe('after an interruption', () => {
    it('resumes without loss or repetition', async () => {
      const deleted: string[] = []
      const feed = await startOne({ onUserDeleted: (uuid) => void deleted.push(uuid) })
      for (let round = 1; round <= 3; round++) {
        const before = round * 10
        server.announce({ sid: `before-${round}`, exp: EXP })
        server.announce({ sub: PERSON(before), deleted: true, exp: EXP })
        await knows(feed, `before-${round}`)
        await server.cut()
        server.announce({ sid: `during-${round}`, exp: EXP })
        server.announce({ sub: PERSON(before + 1), deleted: true, exp: EXP })
        await server.mend()
        await knows(feed, `during-${round}`)
      }
      const people = [10, 11, 20, 21, 30, 31].map(PERSON)
      await until(() => expect(deleted).toEqual(people))
      expect(server.asked).toEqual([null, '2', '6', '10'])
      expect(feed.status()).toMatchObject({ state: 'live', lastId: 12, entries: 12 })
    })

    it('logs each cause once, for any duration', async () => {
      const feed = await startOne()
      server.answerWith((response) => void response.writeHead(503).end())
      server.interrupt()
      await until(() => expect(server.asked.length).toBeGreaterThan(2))
      expect(feed.status().state).toBe('reconnecting')
      expect(log.warnings).toEqual([
        expect.stringMatching(/disconnected.*the connection ended/),
        expect.stringMatching(/disconnected.*it answered 503/),
      ])
      server.answerWith(null)
      await until(() => expect(feed.status().state).toBe('live'))
    })

    it.each<[string, Parameters<FeedServer['answerWith']>[0]]>([
      ['a page', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
      ['a redirect', (response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
      [
        'an endless page',
        (response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('x'),
      ],
      ['a broken connection', (response) => void response.destroy()],
      [
        'an event without end',
        (response) =>
          void response
            .writeHead(200, { 'content-type': 'text/event-stream' })
            .write(`data: ${'x'.repeat(100_000)}`),
      ],
    ])('tries again after %s', async (_, answer) => {
      server.answerWith(answer)
      const feed = await startOne()
      expect(feed.status().state).toBe('connecting')
      server.answerWith(null)
      server.announce({ sid: 'a', exp: EXP })
      await knows(feed, 'a')
    })

    it('keeps what it knows while the auth service is down', async () => {
      server.announce({ sid: 'a', exp: EXP })
      const feed = await startOne()
      await server.cut()
      await until(() => expect(feed.status().state).toBe('reconnecting'))
      expect(feed.verdict(token('a'))).toBe('revoked')
    })

    it('receives everything newer than a restored backup', async () => {
      const deleted: string[] = []
      server.restore(50)
      server.announce({ sub: PERSON(1), deleted: true, exp: EXP })
      const feed = await startOne({ onUserDeleted: (uuid) => void deleted.push(uuid) })
      await until(() => expect(deleted).toEqual([PERSON(1)]))
      await server.cut()
      server.restore(20)
      server.announce({ sid: 'a', exp: EXP }, { sub: PERSON(2), deleted: true, exp: EXP })
      await server.mend()
      await knows(feed, 'a')
      await until(() => expect(deleted).toEqual([PERSON(1), PERSON(2)]))
      expect(feed.status().lastId).toBe(22)
      server.announce({ sub: PERSON(3), deleted: true, exp: EXP })
      await until(() => expect(deleted).toEqual([1, 2, 3].map(PERSON)))
    })
  })

  it('follows ids that start again during a connection', async () => {
    const deleted: string[] = []
    server.restore(50)
    server.announce({ sub: PERSON(1), deleted: true, exp: EXP })
    const feed = await startOne({ onUserDeleted: (uuid) => void deleted.push(uuid) })
    await until(() => expect(deleted).toEqual([PERSON(1)]))
    server.restore(20)
    server.announce({ sub: PERSON(2), deleted: true, exp: EXP }, { sub: PERSON(3), deleted: true, exp: EXP })
    await until(() => expect(deleted).toEqual([1, 2, 3].map(PERSON)))
    expect(feed.status()).toMatchObject({ state: 'live', lastId: 22 })
    server.interrupt()
    await until(() => expect(server.asked).toEqual([null, '22']))
  })

  describe('after 45 seconds of silence', () => {
    it.each(['accept', 'refuse'] as const)('is stale, and follows the setting: %s', async (whenStale) => {
      const feed = await startOne({ whenStale })
      const standing = { ...token('a'), version: feed.version() }
      const answers = () => [feed.status().state, feed.isTrusted(), feed.isStillValid(standing, time)]
      time += 44_999
      expect(answers()).toEqual(['live', true, true])
      time += 1
      expect(answers()).toEqual(['stale', whenStale === 'accept', whenStale === 'accept'])
      expect(feed.status().age).toBe(45)
      server.heartbeat()
      await until(() => expect(answers()).toEqual(['live', true, true]))
      expect(feed.status().age).toBe(0)
    })

    it('stays stale until it has caught up', async () => {
      const feed = await startOne({ whenStale: 'refuse' })
      server.answerWith((response) =>
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write(`event: revocation\ndata: ${JSON.stringify({ id: 1, sid: 'a', exp: EXP })}\n\n`),
      )
      server.interrupt()
      await knows(feed, 'a')
      time += 45_000
      expect(feed.status().state).toBe('stale')
      expect(feed.isTrusted()).toBe(false)
    })

    it('follows the setting without any earlier connection, too', async () => {
      await server.cut()
      expect((await startOne({ whenStale: 'accept' })).isTrusted()).toBe(true)
      const feed = await startOne({ whenStale: 'refuse' })
      expect([feed.isTrusted(), feed.status().state]).toEqual([false, 'connecting'])
      time += 45_000
      expect(feed.status()).toMatchObject({ state: 'stale', age: null })
    })

    it('reconnects, and resumes without loss or repetition', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      try {
        const deleted: string[] = []
        const feed = createOne({ onUserDeleted: (uuid) => void deleted.push(uuid) })
        feed.start()
        await feed.settled()
        server.announce({ sid: 'a', exp: EXP }, { sub: PERSON(1), deleted: true, exp: EXP })
        await until(() => expect(deleted).toEqual([PERSON(1)]))
        server.silence()
        server.announce({ sid: 'b', exp: EXP }, { sub: PERSON(2), deleted: true, exp: EXP })
        vi.advanceTimersByTime(45_000)
        expect(feed.status().state).toBe('reconnecting')
        server.speak()
        await knows(feed, 'b')
        await until(() => expect(deleted).toEqual([1, 2].map(PERSON)))
        expect(server.asked).toEqual([null, '2'])
        expect(feed.status()).toMatchObject({ state: 'live', entries: 4 })
      } finally {
        vi.useRealTimers()
      }
    })
  })

  describe('after closing', () => {
    it('disconnects from the auth service for good', async () => {
      const feed = await startOne()
      feed.close()
      await until(() => expect(server.streams()).toBe(0))
      feed.start()
      expect(feed.status().state).toBe('closed')
      expect(server.asked).toHaveLength(1)
      expect(log.warnings).toEqual([])
    })

    it('stops waiting to reconnect', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      try {
        await server.cut()
        const feed = await startOne()
        expect(vi.getTimerCount()).toBeGreaterThan(0)
        feed.close()
        expect(vi.getTimerCount()).toBe(0)
      } finally {
        vi.useRealTimers()
      }
    })
  })

  describe('in one process with the auth service', () => {
    it('knows past and future entries, and is never stale', async () => {
      const source = revocationSource()
      source.announce({ sid: 'a', exp: EXP })
      const feed = await startOne({ source, whenStale: 'refuse' })
      source.announce({ sid: 'b', exp: EXP })
      expect(['a', 'b'].map((sid) => feed.verdict(token(sid)))).toEqual(['revoked', 'revoked'])
      time += 3_600_000
      expect([feed.status().state, feed.isTrusted()]).toEqual(['live', true])
      expect(server.asked).toEqual([])
    })

    it('misses nothing that is published while it reads', async () => {
      const source = revocationSource()
      const since = Promise.withResolvers<Awaited<ReturnType<typeof source.since>>>()
      const feed = createOne({ source: { ...source, since: () => since.promise } })
      feed.start()
      source.announce({ sid: 'meanwhile', exp: EXP })
      since.resolve({ last: 0, entries: [] })
      await feed.settled()
      expect(feed.verdict(token('meanwhile'))).toBe('revoked')
      expect(feed.status().lastId).toBe(1)
    })

    it('retries a failed read, and unsubscribes when it is closed', async () => {
      const source = revocationSource()
      source.announce({ sid: 'a', exp: EXP })
      const since = vi.fn(source.since).mockRejectedValueOnce(new Error('database is locked'))
      const feed = await startOne({ source: { ...source, since } })
      expect(log.warnings.join()).toContain('database is locked')
      await knows(feed, 'a')
      feed.close()
      expect(source.listeners.size).toBe(0)
    })
  })
})
