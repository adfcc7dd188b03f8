import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { slowness } from '../support/slowness.ts'
import { createVisitor, NAVIGATION } from '../support/visitor.ts'

const PASSWORD = 'correct horse battery staple'

let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({}, { credentials: true })
})
afterAll(() => family.close())

/** A signed-in user of a new account, who has both apps' pages open. */
async function openBoth(email: string) {
  const { auth, notes, teamBoard } = family
  const visitor = createVisitor()
  const form = await visitor.visit(`${auth.url}/register?next=${notes.url}/notes`)
  await visitor.submit(form, '/register', { email, password: PASSWORD })
  const page = await visitor.visit(`${notes.url}/notes`)
  expect(page).toMatchObject({ status: 200, url: `${notes.url}/notes` })
  expect((await visitor.visit(`${teamBoard.url}/`)).html).toContain('Sign out')
  return { visitor, page }
}

describe('The sign-out button of one app, in another process than the other app', () => {
  it("ends the session there within a second, for everyone who kept the user's cookies", async () => {
    const { notes, teamBoard } = family
    // The first connection to the feed may take a moment.
    const { visitor, page } = await openBoth('ada@example.com')
    const kept = await visitor.jar.getCookieString(`${teamBoard.url}/`)
    const other = await openBoth('grace@example.com')
    const board = async () => {
      const headers = { ...NAVIGATION, cookie: kept }
      return (await createVisitor().request(`${teamBoard.url}/`, { headers })).html
    }
    expect(await board()).toContain('Sign out')

    const begun = performance.now()
    await visitor.submit(page, '/sign-out')
    const answered = performance.now() - begun
    await eventually(async () => expect(await board()).not.toContain('Sign out'), { interval: 5 })
    const elapsed = performance.now() - begun
    console.log(
      `The button answered after ${Math.round(answered)} ms; the other app had heard after ${Math.round(elapsed)} ms.`,
    )
    expect((elapsed - answered) / (await slowness(40, board))).toBeLessThan(1_000)
    // This browser has no cookies of a session any more, and the other user is still signed in.
    expect(await visitor.jar.getCookieString(`${notes.url}/`)).not.toMatch(/jwt\.(access|refresh)=/)
    expect((await other.visitor.visit(`${teamBoard.url}/`)).html).toContain('Sign out')
    expect((await other.visitor.visit(`${notes.url}/notes`)).url).toBe(`${notes.url}/notes`)
  })

  it('can be pressed twice, and from a page that is from before', async () => {
    const { auth, notes } = family
    const { visitor, page } = await openBoth('hedy@example.com')
    const [first, second] = await Promise.all([
      visitor.submit(page, '/sign-out'),
      visitor.submit(page, '/sign-out'),
    ])
    expect([first.status, second.status]).toEqual([200, 200])
    const third = await visitor.submit(page, '/sign-out')
    expect(third.status).toBe(200)
    expect((await visitor.visit(`${notes.url}/notes`)).url).toContain(`${auth.url}/login`)
  })
})
