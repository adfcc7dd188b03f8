import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClientCredentials } from '../../../jwt-middleware/src/api-tokens/client-credentials.ts'
import { keepEventStream } from '../../../jwt-middleware/src/feed/event-stream.ts'
import { eventually } from '../../support/eventually.ts'
import { type FeedServer, startFeedServer } from '../../support/feed-server.ts'
import { NOW, recordingLogger } from '../../support/tokens.ts'

const CLIENT = { clientId: 'a-client', clientSecret: 'a:secret' }
const BASIC = `Basic ${Buffer.from('a-client:a%3Asecret').toString('base64')}`

describe('The credentials of an app', () => {
  const log = recordingLogger()
  let time: number
  const create = () => createClientCredentials({ ...CLIENT, now: () => time, log })
  beforeEach(() => {
    time = NOW * 1000
    log.warnings.length = 0
  })

  it('are sent by Basic, form-encoded', () => {
    expect(create().authorization).toBe(BASIC)
  })

  it('are left out at the feed for five minutes after they were refused, with one line that has no secret', () => {
    const credentials = create()
    expect([credentials.forFeed(), credentials.untilRetry()]).toEqual([BASIC, null])
    for (let i = 0; i < 3; i++) credentials.rejected()
    expect([credentials.forFeed(), credentials.untilRetry()]).toEqual([null, 300_000])
    expect(log.warnings).toHaveLength(1)
    expect(log.warnings[0]).toContain('"event":"client_rejected"')
    expect(log.warnings[0]).not.toContain('secret"')
    time += 300_000
    expect([credentials.forFeed(), credentials.untilRetry()]).toEqual([BASIC, 0])
    credentials.rejected()
    expect([credentials.forFeed(), credentials.untilRetry()]).toEqual([null, 300_000])
    expect(log.warnings, 'nothing has changed').toHaveLength(1)
    credentials.accepted()
    expect([credentials.forFeed(), credentials.untilRetry()]).toEqual([BASIC, null])
    credentials.rejected()
    expect(log.warnings, 'they were right meanwhile').toHaveLength(2)
  })
})

describe('The stream of the feed', () => {
  let server: FeedServer
  let stop: () => void
  const sent: (string | undefined)[] = []
  const lost: string[] = []
  let isRejected: boolean
  let accepted: number
  /** Whether the server takes the credentials. */
  let areRight: boolean

  const credentials = {
    forFeed: () => (isRejected ? null : BASIC),
    untilRetry: () => (isRejected ? 50 : null),
    rejected() {
      isRejected = true
      // They are tried again after the pause.
      setTimeout(() => {
        isRejected = false
      }, 40)
    },
    accepted() {
      accepted++
    },
  }

  function answer(response: ServerResponse): void {
    const { authorization } = response.req.headers
    sent.push(authorization)
    if (authorization !== undefined && !areRight) {
      response.writeHead(401, { 'content-type': 'application/problem+json' })
      response.end('{"status": 401, "error": "invalid_client"}')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: ready\ndata: {}\n\n')
  }

  const open = () => {
    stop = keepEventStream({
      url: `${server.url}/revocations`,
      resumeAfter: () => null,
      onEvent: () => {},
      onComment: () => {},
      onHeard: () => {},
      onLost: ({ reason }) => void lost.push(reason),
      credentials,
    })
  }

  beforeEach(async () => {
    server = await startFeedServer()
    sent.length = 0
    lost.length = 0
    isRejected = false
    accepted = 0
    server.answerWith(answer)
  })
  afterEach(async () => {
    stop()
    await server.close()
  })

  it('is opened with the credentials', async () => {
    areRight = true
    open()
    await eventually(async () => expect(accepted).toBe(1))
    expect(sent).toEqual([BASIC])
  })

  it('is opened at once without them if they are wrong, and takes them again later', async () => {
    areRight = false
    open()
    await eventually(async () => expect(sent).toEqual([BASIC, undefined]), { interval: 5 })
    areRight = true
    await eventually(async () => expect(accepted).toBe(1), { interval: 5 })
    expect(sent).toEqual([BASIC, undefined, BASIC])
    expect(lost).toEqual([])
  })

  it('is lost as usual if the 401 is of a proxy', async () => {
    server.answerWith((response) => {
      response.writeHead(401, { 'content-type': 'text/plain' }).end('who are you?')
    })
    open()
    await eventually(async () => expect(lost).not.toEqual([]), { interval: 5 })
    expect(lost[0]).toContain('401')
    expect(isRejected).toBe(false)
  })
})
