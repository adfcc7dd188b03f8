import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import { auth } from '@latchkey/jwt-middleware/web'
import { beforeEach, describe, expect, it } from 'vitest'

const PRIVATE = { 'cache-control': 'private, no-store', vary: 'Cookie' }

let testAuth: ReturnType<typeof createTestAuth>
let web: ReturnType<typeof auth>
const request = (headers?: { readonly cookie: string }) =>
  new Request('http://localhost/page', headers && { headers })

beforeEach(() => {
  testAuth = createTestAuth()
  web = auth(testAuth.options)
})

const textOf = async (response: Response) => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  text: await response.text(),
})

describe('A response of the Fetch standard', () => {
  const KINDS: Record<string, () => Response> = {
    'that can be changed': () => new Response('page', { headers: { 'content-type': 'text/html' } }),
    'whose head can’t be changed': () => Response.redirect('http://localhost/elsewhere', 303),
    'without a body': () => new Response(null, { status: 204 }),
    'with a stream': () => new Response(new Blob(['page']).stream()),
  }

  it.each(Object.entries(KINDS))('%s leaves private, cold and warm, and twice the same', async (_, make) => {
    const { status, text } = await textOf(make())
    const { headers } = testAuth.signedIn()
    for (const warmth of ['cold', 'warm']) {
      const { finish } = await web(request(headers))
      const answer = await textOf(finish(finish(make())))
      expect(answer, warmth).toMatchObject({ status, text, headers: PRIVATE })
    }
  })

  it('takes the cookies of a renewal, whether its head can be changed or not', async () => {
    for (const make of Object.values(KINDS)) {
      const visitor = testAuth.signedIn()
      testAuth.clock.advance(600)
      const { finish } = await web(request(visitor.headers))
      const answer = finish(finish(make()))
      expect(answer.headers.getSetCookie()).toHaveLength(2)
      expect(Object.fromEntries(answer.headers)).toMatchObject(PRIVATE)
    }
  })

  it('that an app uses again keeps nothing of the user before', async () => {
    const again = new Response(null, { status: 204, headers: { 'cache-control': 'public, max-age=60' } })
    const visitor = testAuth.signedIn()
    await web(request(visitor.headers))
    const guarded = web.loginRequired(() => again)
    expect((await guarded(request(visitor.headers))).headers.get('cache-control')).toBe('private, max-age=60')
    testAuth.clock.advance(600)
    const open = web.handle(() => again)
    expect((await open(request(visitor.headers))).headers.getSetCookie()).toHaveLength(2)
    const { headers } = await open(request())
    expect(headers.getSetCookie()).toEqual([])
    expect(headers.get('cache-control')).toBe('public, max-age=60')
    expect(headers.get('vary')).toBe('Cookie')
  })

  it('lets the page of another origin read it, and no other', async () => {
    const [app, other] = ['http://app2.latchkey.test', 'http://app3.latchkey.test']
    testAuth = createTestAuth({ ownUrl: 'http://app1.latchkey.test', cookieDomain: 'latchkey.test' })
    web = auth({ ...testAuth.options, cors: [app, other] })
    const again = new Response(null, { status: 204 })
    const show = web.handle(() => again)
    for (const origin of [app, other, app]) {
      const asked = new Request('http://app1.latchkey.test/page', { headers: { origin } })
      const { headers } = await show(asked)
      expect(headers.get('access-control-allow-origin')).toBe(origin)
    }
  })
})
