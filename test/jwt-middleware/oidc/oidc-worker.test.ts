import { OPERATOR } from '@latchkey/auth-service'
import type { Hono } from 'hono'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PEOPLE } from '../../../examples/demo/src/people.ts'
import { openBrowser } from '../../auth-service/support/browser.ts'
import { eventually } from '../../support/eventually.ts'
import { type RunningFamily, startFamily } from '../../support/family.ts'
import { send } from '../../support/http.ts'
import { type RuntimeApp, startWorkerProgram } from '../../support/runtimes.ts'

const OWN_URL = 'http://partner.example.test'
const [ADA] = PEOPLE

let family: RunningFamily
let worker: RuntimeApp
beforeAll(async () => {
  family = await startFamily({}, { apps: false })
  const client = await family.administer(async (service) => {
    const { password: _, hash, ...person } = ADA
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    await service.users.create({ ...person, password: hash, emailVerifiedAt })
    const created = await service.apps.create({ name: 'Worker', origins: [OWN_URL] }, OPERATOR)
    const issued = created.ok && (await service.appCredentials.issue(created.value.id, OPERATOR))
    if (!created.ok || issued === false || !issued.ok) throw new Error('no credentials')
    return { id: created.value.id, ...issued.value }
  })
  const { port } = new URL(family.auth.url)
  worker = await startWorkerProgram('workerd-oidc-main', {
    loginUrl: `${family.auth.url}/login`,
    ownUrl: OWN_URL,
    authInternalUrl: `http://127.0.0.1:${port}`,
    client: { clientId: client.clientId, clientSecret: client.clientSecret },
  })
  await family.administer((service) =>
    service.oidcClients.set(
      client.id,
      {
        redirect_uris: [`${OWN_URL}/auth/callback`],
        back_channel_logout_uri: `${worker.origin}/auth/back-channel-logout`,
        first_party: true,
      },
      OPERATOR,
    ),
  )
})
afterAll(async () => {
  await worker?.close()
  await family?.close()
})

/** One request with exactly these headers, to either of both. */
async function request(url: string, { method = 'GET', headers, body }: RequestInit = {}): Promise<Response> {
  const isWorker = url.startsWith(OWN_URL)
  const given = Object.fromEntries(new Headers(headers as Record<string, string>))
  const answer = await send(isWorker ? worker.origin + url.slice(OWN_URL.length) : url, {
    method,
    headers: { ...given, ...(isWorker && { host: new URL(OWN_URL).host }) },
    ...(typeof body === 'string' && { body }),
  })
  const received = new Headers()
  for (const [name, value] of Object.entries(answer.headers))
    for (const line of [value ?? []].flat()) received.append(name, line)
  return new Response(answer.text || null, { status: answer.status, headers: received })
}

it('A worker off the domain signs its users in, and hears of their sign-out', async () => {
  const ada = openBrowser({ request: request as Hono['request'] }, { origin: family.auth.url })
  const { email, password } = ADA
  expect((await ada.json('/login', { email, password })).status).toBe(200)
  // The service learns of its first client within seconds.
  await eventually(async () => {
    let page = await ada.get(`${OWN_URL}/private`)
    for (let step = 0; page.location !== null && step < 8; step++) page = await ada.get(page.location)
    expect([page.status, page.html]).toEqual([200, `Hello, ${email}`])
  })
  expect((await ada.get(`${OWN_URL}/private`)).html).toBe(`Hello, ${email}`)

  await ada.submit('/logout', '/logout')
  await eventually(async () => {
    const answer = await ada.request(`${OWN_URL}/private`, { headers: { accept: 'application/json' } })
    expect(answer.status).toBe(401)
  })
  expect(worker.output()).not.toContain('logout_token_refused')
})
