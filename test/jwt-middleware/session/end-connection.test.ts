import { type AuthenticatedUser, createAuthCore } from '@latchkey/jwt-middleware'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import { describe, expect, it } from 'vitest'

async function open() {
  const testAuth = createTestAuth()
  const core = createAuthCore(testAuth.options)
  const visitor = testAuth.signedIn()
  const { cookie } = visitor.headers
  const header = (name: string) => (name === 'cookie' ? cookie : undefined)
  const { user } = await core.authenticate({ method: 'GET', target: '/', header })
  return { core, visitor, user: user as AuthenticatedUser }
}

describe('endWithSession()', () => {
  it('aborts a controller at the end of the session, with the reason', async () => {
    const { core, visitor, user } = await open()
    const controller = new AbortController()
    core.endWithSession(user, controller)
    expect(controller.signal.aborted).toBe(false)
    visitor.endSession()
    expect(controller.signal.reason).toMatchObject({ code: 'session_ended' })
  })

  it('aborts a controller when the account changes', async () => {
    const { core, visitor, user } = await open()
    const controller = new AbortController()
    core.endWithSession(user, controller)
    visitor.change({ isStaff: true })
    expect(controller.signal.reason).toEqual(new Error('The account changed.'))
    expect(user.signal.aborted).toBe(false)
  })

  it('lets go of a controller that was aborted, or when it is told so', async () => {
    const { core, visitor, user } = await open()
    const [aborted, released] = [new AbortController(), new AbortController()]
    core.endWithSession(user, aborted)
    core.endWithSession(user, released)()
    aborted.abort('by itself')
    visitor.endSession()
    expect(aborted.signal.reason).toBe('by itself')
    expect(released.signal.aborted).toBe(false)
  })

  it.each([
    ['a reply of Fastify', { raw: {}, send() {} }],
    ['a controller of a ReadableStream', { enqueue() {}, close() {}, error() {} }],
    ['a signal', new AbortController().signal],
  ])('refuses %s at once, and names what to pass', async (_, wrong) => {
    const { core, user } = await open()
    expect(() => core.endWithSession(user, wrong as never)).toThrow(
      expect.objectContaining({ code: 'invalid_options', message: expect.stringContaining('reply.raw') }),
    )
  })
})
