import { randomBytes } from 'node:crypto'
import { Agent, get, type IncomingMessage } from 'node:http'
import { auth } from '@latchkey/jwt-middleware/express'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApiTokenIntrospection } from '../../../jwt-middleware/src/api-tokens/api-token-introspection.ts'
import { createClientCredentials } from '../../../jwt-middleware/src/api-tokens/client-credentials.ts'
import { opaqueToken } from '../../../jwt-middleware/src/contract/opaque-token.ts'
import { eventually } from '../../support/eventually.ts'
import { recordingLogger } from '../../support/tokens.ts'
import { listening } from '../support/listening.ts'

const invented = () => opaqueToken('api_token', randomBytes(32))

/** An app whose auth service answers when it is told to. */
async function open() {
  const testAuth = createTestAuth()
  const log = recordingLogger()
  const held: { readonly token: string; readonly answer: () => void }[] = []
  let asked = 0
  let atOnce = 0
  let most = 0
  let isOpen = false
  const web = auth({
    ...testAuth.options,
    log,
    async fetch(input, init) {
      if (!String(input).endsWith('/introspect')) return testAuth.options.fetch(input, init)
      asked++
      most = Math.max(most, ++atOnce)
      const token = new URLSearchParams(String(init?.body)).get('token') ?? ''
      if (!isOpen) await new Promise<void>((answer) => held.push({ token, answer }))
      atOnce--
      return testAuth.options.fetch(input, init)
    },
  })
  let arrived = 0
  const app = express()
  app.use((_req, _res, next) => {
    arrived++
    next()
  })
  app.get(
    '/',
    web.loginRequired((req, res) => res.send(req.user.email)),
  )
  const { url, close } = await listening(app)
  const agent = new Agent({ keepAlive: false })
  onTestFinished(() => {
    agent.destroy()
    return close()
  })
  const ask = (token: string, localAddress: string): Promise<{ status: number; retryAfter: number }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` }
      get(url, { agent, localAddress, headers }, (response: IncomingMessage) => {
        response.resume().on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            retryAfter: Number(response.headers['retry-after'] ?? 0),
          }),
        )
      }).on('error', reject)
    })
  return {
    testAuth,
    log,
    held,
    ask,
    arrived: () => arrived,
    asked: () => asked,
    most: () => most,
    openUp() {
      isOpen = true
      for (const { answer } of held.splice(0)) answer()
    },
  }
}

describe('Invented tokens that come at once', () => {
  it('are asked about 32 at a time, and another address waits for one turn only', async () => {
    const app = await open()
    const flood = Array.from({ length: 100 }, () => app.ask(invented(), '127.0.0.2'))
    await eventually(async () => expect(app.arrived()).toBe(100))
    await eventually(async () => expect(app.asked()).toBe(32))
    const { token } = app.testAuth.apiToken()
    const own = app.ask(token, '127.0.0.3')
    await eventually(async () => expect(app.arrived()).toBe(101))
    expect(app.held.map((one) => one.token)).not.toContain(token)
    for (let turn = 0; turn < 2; turn++) {
      app.held.shift()?.answer()
      await eventually(async () => expect(app.asked()).toBe(33 + turn))
    }
    const mine = app.held.find((one) => one.token === token)
    expect(mine, 'before 68 others').toBeDefined()
    mine?.answer()
    expect((await own).status).toBe(200)
    app.openUp()
    const statuses = (await Promise.all(flood)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401]))
    expect([app.asked(), app.most()]).toEqual([101, 32])
    expect(app.log.warnings).toEqual([])
  })

  it('are refused at once where too many wait, with one line in the log', async () => {
    const log = recordingLogger()
    let answer = (): void => {}
    const isOpen = new Promise<void>((resolve) => {
      answer = resolve
    })
    const introspect = createApiTokenIntrospection({
      url: 'http://auth.example.com/introspect',
      issuer: 'http://auth.example.com',
      credentials: createClientCredentials({ clientId: 'a', clientSecret: 'b', now: Date.now, log }),
      fetch: async () => {
        await isOpen
        return Response.json({ active: false })
      },
      log,
    })
    const answers: string[] = []
    const ask = async (remoteAddress: string) => {
      answers.push(String(await introspect(invented(), { remoteAddress, forwardedFor: undefined })))
    }
    // Of one network: a customer has its /64 as a whole.
    const flood = Array.from({ length: 1_100 }, (_, i) => ask(`2001:db8:0:7::${i.toString(16)}`))
    await eventually(() => expect(answers).toEqual(Array(68).fill('unavailable')), { interval: 1 })
    const other = ask('2001:db8:0:8::1')
    await eventually(() => expect(answers, 'one of theirs gives way').toHaveLength(69), { interval: 1 })
    answer()
    await Promise.all([...flood, other])
    expect(answers.filter((one) => one === 'unavailable')).toHaveLength(69)
    expect(log.warnings).toEqual([
      expect.stringMatching(/introspection_crowded.*limits by address in the proxy/),
    ])
  })
})
