import type { Revocation } from '@latchkey/jwt-middleware'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { FeedOptions } from '../../../jwt-middleware/src/feed/feed.ts'
import { createFeed } from '../../../jwt-middleware/src/feed/feed-process.ts'
import { createPolledFeed } from '../../../jwt-middleware/src/feed/polled-feed.ts'
import { memoryState, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { ADA, NOW, recordingLogger } from '../../support/tokens.ts'

const EXP = NOW + 360
const token = (sid: string) => ({ sid, iat: NOW, sub: ADA.uuid })
const person = (id: number) => `11111111-2222-3333-4444-${String(id).padStart(12, '0')}`

describe('The polled revocation feed', () => {
  const log = recordingLogger()
  let time: number
  let entries: Revocation[]
  /** What was asked for; each answer waits for `answering`. */
  let asked: string[]
  let answer: () => Response | Promise<Response>

  /** Like the auth service: a page of at most a thousand entries. */
  function page(since: number): Response {
    const last = entries.at(-1)?.id ?? 0
    const news = entries.filter(({ id }) => id > (last < since ? 0 : since)).slice(0, 1_000)
    return Response.json({ last: news.length === 1_000 ? news.at(-1)?.id : last, entries: news })
  }

  beforeEach(() => {
    time = NOW * 1000
    entries = []
    asked = []
    answer = () => page(Number(new URL(asked.at(-1) ?? '').searchParams.get('since')))
    log.warnings.length = 0
  })

  const announce = (...news: object[]) => {
    for (const one of news)
      entries.push({ exp: EXP, ...one, id: (entries.at(-1)?.id ?? 0) + 1 } as Revocation)
  }

  const open = (changes: Partial<FeedOptions> = {}, create: typeof createPolledFeed = createPolledFeed) =>
    create({
      url: 'http://auth.example.com/revocations',
      fetch: async (input) => {
        asked.push(String(input))
        return answer()
      },
      whenStale: 'accept',
      onKeyPublished: () => {},
      onKeyRemoved: () => {},
      onTime: () => {},
      state: storedValue(memoryState(), 'feed'),
      now: () => time,
      log,
      ...changes,
      pollEvery: 5,
    })

  async function started(changes?: Partial<FeedOptions>) {
    const feed = open(changes)
    feed.start()
    await feed.settled()
    return feed
  }

  it('asks nothing before it starts, and then whenever the period is over', async () => {
    announce({ sid: 'a' })
    const feed = open()
    expect([feed.settled(), feed.status()]).toEqual([
      null,
      { state: 'idle', age: null, lastId: 0, entries: 0, pollEvery: 5 },
    ])
    feed.start()
    expect(feed.status().state).toBe('connecting')
    await feed.settled()
    expect(feed.status()).toEqual({ state: 'live', age: 0, lastId: 1, entries: 1, pollEvery: 5 })
    expect(feed.verdict(token('a'))).toBe('revoked')
    time += 4_999
    expect([feed.settled(), feed.isDue(time)]).toEqual([null, false])
    time += 1
    announce({ sid: 'b' })
    expect(feed.isDue(time)).toBe(true)
    await feed.settled()
    expect(feed.verdict(token('b'))).toBe('revoked')
    expect(asked.map((url) => new URL(url).search)).toEqual(['?since=0', '?since=1'])
  })

  it('keeps no token valid without a look after the period', async () => {
    const feed = await started()
    const standing = { ...token('a'), version: feed.version() }
    expect(feed.isStillValid(standing, time)).toBe(true)
    time += 5_000
    expect([feed.isStillValid(standing, time), feed.isLive(time)]).toEqual([false, false])
    await feed.settled()
    expect([feed.isStillValid(standing, time), feed.isLive(time)]).toEqual([true, true])
  })

  it('is asked once for a hundred requests at once', async () => {
    const feed = open()
    feed.start()
    await Promise.all(Array.from({ length: 100 }, () => feed.settled()))
    expect(asked).toHaveLength(1)
  })

  it('reads all pages, and starts over with an auth service that was restored', async () => {
    announce(...Array.from({ length: 2_500 }, (_, at) => ({ sid: `s${at}` })))
    const feed = await started()
    expect([feed.status().lastId, feed.verdict(token('s2499')), asked.length]).toEqual([2_500, 'revoked', 3])
    entries = []
    announce({ sid: 'again' })
    time += 5_000
    await feed.settled()
    expect([feed.status().lastId, feed.verdict(token('again'))]).toEqual([1, 'revoked'])
  })

  it('takes a source in this process as well', async () => {
    announce({ sid: 'a' })
    const source = {
      since: async (id: number) => ({ last: 1, entries: entries.filter((entry) => entry.id > id) }),
      subscribe: () => () => {},
    }
    expect((await started({ source })).verdict(token('a'))).toBe('revoked')
    expect(asked).toEqual([])
  })

  it.each<[string, () => Response | Promise<Response>, string]>([
    ['is down', () => Promise.reject(new TypeError('fetch failed')), 'the connection failed'],
    ['answers with a page', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'HTML'],
    ['answers with other JSON', () => Response.json({ last: 'x' }), 'is not the revocation feed'],
    ['answers with rubbish', () => new Response('{'), 'is not the revocation feed'],
    ['redirects', () => Response.redirect('http://elsewhere.example/'), 'redirects'],
  ])('goes on with what it knows while the auth service %s, and says so once', async (_, wrong, reason) => {
    announce({ sid: 'a' })
    const feed = await started()
    const good = answer
    answer = wrong
    for (let tries = 0; tries < 3; tries++) {
      time += 5_000
      await feed.settled()
      expect(feed.settled(), 'only the next period').toBeNull()
    }
    expect(feed.status()).toMatchObject({ state: 'reconnecting', age: 15 })
    expect([feed.isTrusted(), feed.isLive(time), feed.verdict(token('a'))]).toEqual([true, false, 'revoked'])
    expect(log.warnings).toHaveLength(1)
    expect(log.warnings[0]).toMatch(/feed_disconnected/)
    expect(log.warnings[0]).toContain(reason)
    answer = good
    announce({ sid: 'b' })
    time += 5_000
    await feed.settled()
    expect([feed.status().state, feed.verdict(token('b'))]).toEqual(['live', 'revoked'])
  })

  it('is stale after 45 s without an answer, also from the start, and not because no one asked', async () => {
    let caughtUp = 0
    const options = { whenStale: 'refuse', onCaughtUp: () => caughtUp++ } as const
    const feed = await started(options)
    const good = answer
    time += 3_600_000
    expect([feed.isTrusted(), feed.status().state]).toEqual([true, 'live'])
    answer = () => Promise.reject(new TypeError('fetch failed'))
    await feed.settled()
    expect([feed.isTrusted(), feed.status().state]).toEqual([false, 'stale'])
    expect((await started(options)).isTrusted()).toBe(false)
    caughtUp = 0
    answer = good
    time += 5_000
    await feed.settled()
    expect([feed.isTrusted(), caughtUp]).toEqual([true, 1])
  })

  it('tells of keys, of deleted users and of what it runs alongside', async () => {
    const [removed, deleted, alongside]: string[][] = [[], [], []]
    announce({ kid: 'old', removed: true }, { sub: person(2), deleted: true })
    const feed = await started({
      onKeyRemoved: (kid) => void removed?.push(kid),
      onUserDeleted: (uuid) => void deleted?.push(uuid),
      alongside: async () => void alongside?.push('ran'),
    })
    await vi.waitFor(() => expect(deleted).toEqual([person(2)]))
    time += 5_000
    await feed.settled()
    expect([removed, deleted, alongside]).toEqual([['old'], [person(2)], ['ran', 'ran']])
    expect(feed.isRemovedKey('old')).toBe(true)
  })

  it('tells of all deletions again after the auth service was restored, and of none twice otherwise', async () => {
    const deleted: string[] = []
    announce({ sid: 'a' }, { sid: 'b' }, { sub: person(3), deleted: true })
    const feed = await started({ onUserDeleted: (uuid) => void deleted.push(uuid) })
    await vi.waitFor(() => expect(deleted).toEqual([person(3)]))
    entries = []
    announce({ sub: person(1), deleted: true })
    time += 5_000
    await feed.settled()
    await vi.waitFor(() => expect(deleted).toEqual([person(3), person(1)]))
  })

  it('notes a sign-out of its own at once, and learns everything again when it is told to', async () => {
    const feed = await started()
    feed.noteEnd('a')
    expect(feed.verdict(token('a'))).toBe('revoked')
    feed.relearn()
    await feed.settled()
    expect(asked.map((url) => new URL(url).search)).toEqual(['?since=0', '?since=0'])
  })

  it('polls by itself where something lives long enough, until it is closed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const feed = open({}, createFeed)
    feed.start()
    await feed.settled()
    announce({ sid: 'a' })
    time += 5_000
    await vi.advanceTimersByTimeAsync(5_000)
    await vi.waitFor(() => expect(feed.verdict(token('a'))).toBe('revoked'))
    feed.close()
    time += 5_000
    await vi.advanceTimersByTimeAsync(5_000)
    expect([asked.length, feed.status().state, feed.settled()]).toEqual([2, 'closed', null])
    vi.useRealTimers()
  })
})
