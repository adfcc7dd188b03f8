import { type AuthenticatedUser, createAuthCore, LatchkeyError, memoryUsers } from '@latchkey/jwt-middleware'
import { createTestAuth, type TestVisitor } from '@latchkey/jwt-middleware/testing'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Activity } from '../../../jwt-middleware/src/session/introspection.ts'
import {
  type Credential,
  createWatchedSessions,
} from '../../../jwt-middleware/src/session/watched-sessions.ts'
import { eventually } from '../../support/eventually.ts'
import { recordingLogger } from '../../support/tokens.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** An app, and how its users are known in it. */
function createApp() {
  const testAuth = createTestAuth()
  const users = memoryUsers()
  const log = recordingLogger()
  const auth = createAuthCore({ ...testAuth.options, users, log })
  onTestFinished(() => auth.close())
  const userOf = async ({ headers }: Pick<TestVisitor, 'headers'>): Promise<AuthenticatedUser> => {
    const header = (name: string) => (name === 'cookie' ? headers.cookie : undefined)
    const { user } = await auth.authenticate({ method: 'GET', target: '/', header })
    if (!user.isAuthenticated) throw new Error(`anonymous: ${user.reason}`)
    return user
  }
  return { auth, testAuth, users, log, userOf }
}

/** Everything that a user is told. */
function listenTo({ auth }: ReturnType<typeof createApp>, user: AuthenticatedUser) {
  const told: string[] = []
  user.signal.addEventListener('abort', () => told.push(`signal ${user.signal.reason.code}`))
  auth.onSessionEnd(user, ({ code }) => told.push(`end ${code}`))
  auth.onUserChange(user, () => told.push('change'))
  return told
}

const ENDED = ['signal session_ended', 'end session_ended']

describe('The end of a session', () => {
  it('reaches its signal and its listeners at once, once', async () => {
    const app = createApp()
    const [ada, grace] = [app.testAuth.signedIn(), app.testAuth.signedIn({ email: 'grace@example.com' })]
    const told = listenTo(app, await app.userOf(ada))
    const others = listenTo(app, await app.userOf(grace))
    ada.endSession()
    ada.endSession()
    expect(told).toEqual(ENDED)
    app.testAuth.deleteUser(ada.uuid)
    expect(told).toEqual(ENDED)
    expect(others).toEqual([])
  })

  it('has a reason with a code, and without personal data', async () => {
    const { testAuth, userOf } = createApp()
    const ada = testAuth.signedIn()
    const { signal } = await userOf(ada)
    ada.endSession()
    expect(signal.reason).toBeInstanceOf(LatchkeyError)
    expect(String(signal.reason)).toBe(
      'LatchkeyError: The session ended: the user signed out, or the auth service ended it.',
    )
    expect(() => signal.throwIfAborted()).toThrow(signal.reason)
  })

  it('reaches one signal for all requests of a session, whatever was renewed in between', async () => {
    const { testAuth, userOf } = createApp()
    const ada = testAuth.signedIn()
    const first = await userOf(ada)
    const { signal } = first
    expect(first.signal).toBe(signal)
    testAuth.clock.advance(400)
    const renewed = await userOf(ada)
    expect(renewed).not.toBe(first)
    expect(renewed.signal).toBe(signal)
    expect(signal.aborted).toBe(false)
    ada.endSession()
    expect(signal.aborted).toBe(true)
  })

  it('is an end of one session only, and the deletion of a user of all', async () => {
    const app = createApp()
    const [phone, laptop] = [app.testAuth.signedIn(), app.testAuth.signedIn()]
    const [onPhone, onLaptop] = [
      listenTo(app, await app.userOf(phone)),
      listenTo(app, await app.userOf(laptop)),
    ]
    phone.endSession()
    expect([onPhone, onLaptop]).toEqual([ENDED, []])
    app.testAuth.deleteUser(laptop.uuid)
    expect(onLaptop).toEqual(['signal user_deleted', 'end user_deleted'])
  })

  it('is known to those who ask too late', async () => {
    const app = createApp()
    const ada = app.testAuth.signedIn()
    const user = await app.userOf(ada)
    ada.endSession()
    expect(user.signal.aborted).toBe(true)
    const told: string[] = []
    app.auth.onSessionEnd(user, ({ code }) => told.push(code))
    app.auth.onSessionEnd(user, () => told.push('taken back'))()
    app.auth.onUserChange(user, () => told.push('change'))
    expect(told).toEqual([])
    await Promise.resolve()
    expect(told).toEqual(['session_ended'])
  })

  it('can no longer be known an hour after the token ended', async () => {
    const { testAuth, userOf } = createApp()
    const user = await userOf(testAuth.signedIn())
    testAuth.clock.advance(3600)
    expect(user.signal.reason.code).toBe('session_unconfirmed')
  })

  it('reaches no listener that was taken back, and each of two that are one function', async () => {
    const { auth, testAuth, userOf } = createApp()
    const ada = testAuth.signedIn()
    const user = await userOf(ada)
    const listener = vi.fn()
    const stops = [1, 2, 3].map(() => auth.onSessionEnd(user, listener))
    stops[1]?.()
    stops[1]?.()
    ada.endSession()
    expect(listener).toHaveBeenCalledTimes(2)
  })

  it('reaches the others when a listener throws, and the log says so', async () => {
    const { auth, testAuth, userOf, log } = createApp()
    const ada = testAuth.signedIn()
    const user = await userOf(ada)
    const listener = vi.fn()
    auth.onSessionEnd(user, () => {
      throw new Error('a bug')
    })
    auth.onSessionEnd(user, listener)
    ada.endSession()
    expect(listener).toHaveBeenCalledOnce()
    expect(log.warnings).toEqual([expect.stringContaining('listener_failed')])
  })

  it('is told by a sign-out in this app before the feed tells it', async () => {
    const app = createApp()
    const ada = app.testAuth.signedIn()
    const told = listenTo(app, await app.userOf(ada))
    const sent: Record<string, string> = { cookie: ada.cookie, origin: app.testAuth.options.ownUrl }
    await app.auth.signOut({ method: 'POST', target: '/', header: (name) => sent[name] })
    expect(told).toEqual(ENDED)
  })

  it('does not belong to a copy of a user, nor to an anonymous one', async () => {
    const { auth, testAuth, userOf } = createApp()
    const user = await userOf(testAuth.signedIn())
    expect(() => auth.onSessionEnd({ ...user }, () => {})).toThrow(
      expect.objectContaining({ code: 'foreign_user' }),
    )
    expect(Object.keys(user)).not.toContain('signal')
    expect(JSON.parse(JSON.stringify(user))).toEqual({ ...user })
    const nobody = await auth.authenticate({ method: 'GET', target: '/', header: () => undefined })
    expect(nobody.user.signal).toBeNull()
  })
})

describe('A change of the account', () => {
  it('is told once to those who have the old data, and ends no session', async () => {
    const app = createApp()
    const ada = app.testAuth.signedIn({ isStaff: true })
    const user = await app.userOf(ada)
    const told = listenTo(app, user)
    ada.change({ isStaff: false })
    ada.change({ firstName: 'Augusta' })
    expect(told).toEqual(['change'])
    const later = listenTo(app, await app.userOf(ada))
    expect(later).toEqual([])
    app.auth.onUserChange(user, () => told.push('late'))
    await Promise.resolve()
    expect(told).toEqual(['change', 'late'])
    ada.endSession()
    expect(told).toEqual(['change', 'late', ...ENDED])
    expect(later).toEqual(ENDED)
  })
})

describe('A user whom the app disables', () => {
  it('is told of the end when the app calls forget()', async () => {
    const app = createApp()
    const [ada, again] = [app.testAuth.signedIn(), app.testAuth.signedIn()]
    const told = [listenTo(app, await app.userOf(ada)), listenTo(app, await app.userOf(again))]
    app.auth.forget(ada.uuid)
    await Promise.resolve()
    expect(told).toEqual([[], []])
    app.users.setActive(ada.uuid, false)
    app.auth.forget(ada.uuid)
    await eventually(() => expect(told[1]).toEqual(['signal user_blocked', 'end user_blocked']), {
      interval: 1,
    })
    expect(told[0]).toEqual(told[1])
  })

  it('is told so even if the connection opens only after that', async () => {
    const app = createApp()
    const user = await app.userOf(app.testAuth.signedIn())
    app.users.setActive(user.uuid, false)
    app.auth.forget(user.uuid)
    const told = listenTo(app, user)
    await eventually(() => expect(told).toContain('end user_blocked'), { interval: 1 })
  })

  it('is told so later if the database did not respond', async () => {
    const app = createApp()
    const told = listenTo(app, await app.userOf(app.testAuth.signedIn()))
    const user = await app.userOf(app.testAuth.signedIn())
    app.users.setActive(user.uuid, false)
    const sync = vi.spyOn(app.users, 'sync').mockImplementation(() => {
      throw new Error('the disk is full')
    })
    app.auth.forget(user.uuid)
    await eventually(() => expect(app.log.warnings).toHaveLength(1), { interval: 1 })
    expect(told).toEqual([])
    sync.mockRestore()
    vi.advanceTimersByTime(30_000)
    await eventually(() => expect(told).toContain('end user_blocked'), { interval: 1 })
  })
})

describe('A connection', () => {
  it('outlives its access token while the feed is live, for a day', async () => {
    const app = createApp()
    const ada = app.testAuth.signedIn()
    const told = listenTo(app, await app.userOf(ada))
    for (const [hours, expected] of [
      [12, []],
      [11, []],
      [2, ['signal session_unconfirmed', 'end session_unconfirmed']],
    ] as const) {
      app.testAuth.clock.advance(hours * 3600)
      vi.advanceTimersByTime(30_000)
      expect(told).toEqual(expected)
    }
  })

  it('goes on for another day after each new token of its session', async () => {
    const app = createApp()
    const ada = app.testAuth.signedIn()
    const told = listenTo(app, await app.userOf(ada))
    for (let day = 0; day < 3; day++) {
      app.testAuth.clock.advance(20 * 3600)
      await app.userOf(ada)
      vi.advanceTimersByTime(30_000)
      expect(told).toEqual([])
    }
  })

  it('with thousands of others costs nothing after its end', async () => {
    const { auth, testAuth, userOf } = createApp()
    const stops: (() => void)[] = []
    for (let i = 0; i < 50; i++) {
      const user = await userOf(testAuth.signedIn({ email: `user${i}@example.com` }))
      stops.push(auth.onSessionEnd(user, () => {}))
    }
    expect(vi.getTimerCount()).toBeGreaterThan(0)
    const before = vi.getTimerCount()
    for (const stop of stops) stop()
    expect(vi.getTimerCount()).toBe(before - 1)
  })
})

/** The watched sessions of an app whose feed the test controls. */
function watchSessions({ whenFeedIsStale = 'accept' as 'accept' | 'refuse', most = 100 } = {}) {
  let seconds = 1_000_000
  const state = { isStale: false, activity: 'active' as Activity | Error, revoked: new Set<string>() }
  const asked: string[] = []
  const credentials = new WeakMap<object, Credential>()
  const ends = createWatchedSessions({
    credentialOf: (user) => credentials.get(user),
    verdict: ({ sid, sub }) => (state.revoked.has(sid) || state.revoked.has(sub) ? 'revoked' : 'good'),
    isFeedStale: () => state.isStale,
    whenFeedIsStale,
    ask: async (token) => {
      asked.push(token)
      return state.activity as Activity
    },
    isAdmitted: async () => true,
    generation: () => 0,
    most,
    now: () => seconds * 1000,
    warn: () => {},
  })
  const credential = (sid: string, sub: string, userVersion = 1): Credential => ({
    token: `token of ${sid} ${userVersion}`,
    standing: { sid, sub, iat: seconds, userVersion, version: 0 },
    expiresAt: (seconds + 300) * 1000,
    generation: 0,
  })
  const open = (sid: string, sub = 'ada') => {
    const user = { sessionId: sid, uuid: sub } as AuthenticatedUser
    credentials.set(user, credential(sid, sub))
    const told: string[] = []
    const stop = ends.onEnd(user, ({ code }) => told.push(code))
    return { user, told, stop }
  }
  return {
    ends,
    state,
    asked,
    open,
    credential,
    async pass(time: number) {
      seconds += time
      await vi.advanceTimersByTimeAsync(time * 1000)
    },
  }
}

describe('While the feed is stale,', () => {
  it('the auth service is asked about each session every 30 s, once for all its connections', async () => {
    const { open, asked, state, pass } = watchSessions()
    const [one] = [open('s1'), open('s1'), open('s2')]
    await pass(60)
    expect(asked).toEqual([])
    state.isStale = true
    await pass(30)
    expect(asked).toEqual(['token of s1 1', 'token of s2 1'])
    await pass(30)
    expect(asked).toHaveLength(4)
    state.activity = 'inactive'
    await pass(30)
    expect(one?.told).toEqual(['session_ended'])
  })

  it.each([
    ['accept', [], ['session_unconfirmed']],
    ['refuse', ['session_unconfirmed'], ['session_unconfirmed']],
  ] as const)(
    'and the auth service down, `%s` decides, until the newest token ends',
    async (whenFeedIsStale, first, last) => {
      const { open, asked, state, pass } = watchSessions({ whenFeedIsStale })
      const connections = Array.from({ length: 100 }, (_, index) => open(`s${index}`))
      Object.assign(state, { isStale: true, activity: 'unavailable' })
      await pass(30)
      expect(new Set(connections.map(({ told }) => told.join()))).toEqual(new Set([first.join()]))
      expect(asked.length, 'not a hundred time-outs').toBeLessThan(20)
      await pass(300)
      for (const { told } of connections) expect(told).toEqual(last)
    },
  )

  it('a newer token of the session counts, wherever it was seen', async () => {
    const { open, ends, credential, asked, state, pass } = watchSessions()
    const { told } = open('s1')
    await pass(290)
    ends.renewed(credential('s1', 'ada', 1))
    ends.renewed(credential('s9', 'ada', 9))
    state.isStale = true
    await pass(270)
    expect(told).toEqual([])
    expect(asked.length).toBeGreaterThan(5)
    await pass(60)
    expect(told).toEqual(['session_unconfirmed'])
  })

  it('its return ends the sessions that nothing is known about', async () => {
    const { open, ends, state, pass } = watchSessions()
    const old = open('s1')
    await pass(400)
    const young = open('s2')
    expect([old.told, young.told]).toEqual([[], []])
    state.isStale = true
    ends.caughtUp()
    expect([old.told, young.told]).toEqual([['session_unconfirmed'], []])
  })
})

describe('The watched sessions', () => {
  it('are those with a listener or a signal', async () => {
    const { open, ends } = watchSessions()
    const { user, stop } = open('s1')
    expect(ends.sessions.size).toBe(1)
    stop()
    stop()
    expect(ends.sessions.size).toBe(0)
    expect(user.sessionId).toBe('s1')
    ends.signalOf(user)
    ends.onChange(user, () => {})()
    expect(ends.sessions.size).toBe(1)
    ends.hear({ id: 1, sid: 's1', exp: 0 })
    ends.hear({ id: 1, sid: 's1', exp: 0 })
    expect(ends.sessions.size).toBe(0)
    expect(ends.signalOf(user).aborted).toBe(true)
  })

  it('end first in, first out, beyond their limit', () => {
    const { open } = watchSessions({ most: 2 })
    const told = ['s1', 's2', 's3'].map((sid) => open(sid).told)
    expect(told).toEqual([['session_unconfirmed'], [], []])
  })

  it('hear of all sessions of a user, except one that began later', () => {
    const { open, ends, state } = watchSessions()
    const told = [open('s1').told, open('s2').told, open('s3', 'grace').told]
    state.revoked.add('s1')
    ends.hear({ id: 1, sub: 'ada', before: 1, version: 2, kept: 's2', exp: 0 })
    expect(told).toEqual([['session_ended'], [], []])
  })
})
