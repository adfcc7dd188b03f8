import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { eventually } from '../support/eventually.ts'
import { type Relative, type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { createVisitor } from '../support/visitor.ts'

const [ADA] = PEOPLE
/** Between two looks, in ms. */
const STEP = 40

let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({}, { apps: false, guestBook: 'first party' })
  await family.administer(async (service) => {
    const { password: _, hash, ...person } = ADA
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    await service.users.create({ ...person, password: hash, emailVerifiedAt })
  })
})
afterAll(() => family?.close())

/** Signs Ada in at the guest book: its cookie. */
async function signIn(): Promise<string> {
  const visitor = createVisitor()
  const login = await visitor.visit(`${family.guestBook.url}/write`)
  const page = await visitor.submit(login, '/login', { email: ADA.email, password: ADA.password })
  expect(page.html).toContain('Hello, Ada Lovelace')
  return visitor.jar.getCookieString(family.guestBook.url)
}

const endAll = () =>
  family.administer(async ({ users, sessions }) => {
    const user = await users.findByEmail(ADA.email)
    await sessions.endAll(user?.id as never)
  })

/** Whether a process knows the user. */
async function knows({ url }: Pick<Relative, 'url'>, cookie: string): Promise<boolean> {
  const { text } = await send(`${url}/`, { headers: { cookie, accept: 'text/html' } })
  return text.includes('Hello, Ada Lovelace')
}

describe('Two processes of an app on another domain, on one database', () => {
  it('both know a user who signed in at one of them, and both forget them after one was told', async () => {
    const { guestBook } = family
    const other = await family.double('guestBook')
    const cookie = await signIn()
    expect([await knows(guestBook, cookie), await knows(other, cookie)]).toEqual([true, true])
    await endAll()
    const looks = await Promise.all(
      [guestBook, other].map(async (process) => {
        for (let looks = 0; ; looks++) {
          if (!(await knows(process, cookie))) return looks
          await pause(STEP)
        }
      }),
    )
    console.log(
      `Signed out: the processes knew the user for ${looks.join(' and ')} more looks of ${STEP} ms.`,
    )
    // Without the database, the other one would accept the session for five minutes.
    expect(Math.max(...looks)).toBeLessThan(1000)

    await guestBook.stop()
    await guestBook.start()
    expect(await knows(guestBook, cookie), 'nor after a new start').toBe(false)
    await other.stop()
  })
})

describe('An app on another domain', () => {
  it('starts without the auth service, says so, and signs its users in once that is there', async () => {
    const { guestBook, auth } = family
    const cookie = await signIn()
    await Promise.all([auth.stop(), guestBook.stop()])
    await guestBook.start()
    expect(await knows(guestBook, cookie), 'a fresh session needs no provider').toBe(true)
    const asked = await createVisitor().visit(`${guestBook.url}/write`)
    expect([asked.status, asked.title]).toEqual([503, 'Temporarily unavailable'])
    await eventually(() => expect(guestBook.output()).toContain('oidc_unavailable'))
    await auth.start()
    await signIn()
  })
})
