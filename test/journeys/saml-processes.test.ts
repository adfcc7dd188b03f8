import { afterAll, beforeAll, expect, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { sentForm } from '../auth-service/support/service-provider.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { createVisitor, NAVIGATION, type Visitor } from '../support/visitor.ts'

const [ADA] = PEOPLE

let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({}, { apps: false, supplier: true })
  await family.administer(async ({ users }) => {
    const { password: _, hash, ...person } = ADA
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    await users.create({ ...person, password: hash, emailVerifiedAt })
  })
})
afterAll(() => family?.close())

const ask = (visitor: Visitor, url: string) => visitor.request(url, { headers: NAVIGATION })

it('A sign-in to a service provider begins at one process, ends at another one, and happens once', async () => {
  const { auth, supplier } = family
  const other = await family.double('auth')
  const visitor = createVisitor()
  const login = await visitor.visit(`${auth.url}/login`)
  await visitor.submit(login, '/login', { email: ADA.email, password: ADA.password })

  const request = (await ask(visitor, `${supplier.url}/sign-in`)).location as string
  expect(new URL(request).origin).toBe(auth.url)
  const begun = await ask(visitor, request)
  const path = new URL(begun.location as string, auth.url).pathname
  const answer = sentForm(await ask(visitor, other.url + path))
  expect(answer.action).toBe(`${supplier.url}/saml/acs`)

  const { pathname, search } = new URL(request)
  for (const { url } of [auth, other]) {
    expect((await ask(visitor, url + path)).status, 'answered').toBe(404)
    expect((await ask(visitor, url + pathname + search)).status, 'a replay').toBe(400)
  }

  const body = new URLSearchParams(answer.fields).toString()
  const headers = { ...NAVIGATION, 'content-type': 'application/x-www-form-urlencoded' }
  await visitor.request(answer.action, { method: 'POST', headers, body })
  expect((await visitor.visit(supplier.url)).html).toContain('Hello, Ada Lovelace')

  // And back.
  const told = await ask(
    visitor,
    (await visitor.submit(await visitor.visit(`${auth.url}/logout`), '/logout')).url,
  )
  expect(told.url).toContain('/login?notice=signed_out')
  expect((await visitor.visit(supplier.url)).html).toContain('href="/sign-in"')
  await other.stop()
})
