import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from 'vitest'
import { readConfig } from '../../auth-service/src/platform/config/config.ts'
import { createLog } from '../../auth-service/src/platform/logging/logger.ts'
import { createService, type Service } from '../../auth-service/src/service.ts'
import { type RunningServer, serve } from '../../auth-service/src/web/server.ts'
import { openInternet } from '../auth-service/support/internet.ts'
import { launchChromium } from '../support/chromium.ts'
import { heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery staple' }
const HOST = 'a-tool-with-a-long-name.example'
const ID = `https://${HOST}/client.json`

let browser: Browser
let program: Server
let returnsTo: string
beforeAll(async () => {
  browser = await launchChromium(inject('chromiumPath'))
  // A program on this device, which waits for its user to come back.
  program = createServer((req, res) => {
    const outcome = new URL(req.url ?? '/', returnsTo).searchParams.get('error') ?? 'a code'
    res.setHeader('content-type', 'text/html')
    res.end(
      `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Tool</title><h1>Got ${outcome}</h1>`,
    )
  })
  program.listen(0, '127.0.0.1')
  await once(program, 'listening')
  returnsTo = `http://127.0.0.1:${(program.address() as AddressInfo).port}/callback`
})
afterAll(async () => {
  await browser?.close()
  program?.closeAllConnections()
  program?.close()
})

/** The auth service in this process, so that it finds the server of the app, and where it starts to sign users in. */
async function start() {
  const internet = await openInternet(HOST)
  internet.serve({
    client_id: ID,
    client_name: 'The Administration',
    redirect_uris: ['http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
  })
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  free.close()
  await once(free, 'close')
  const config = readConfig({
    AUTH_URL: `http://auth.tool.localhost:${port}`,
    COOKIE_DOMAIN: 'tool.localhost',
    SECRET_KEY: 'only the tests know this secret of theirs',
    DATABASE_URL: ':memory:',
    OIDC_CLIENT_METADATA: 'on',
  })
  const service: Service = await createService(config, {
    internet: internet.options,
    log: createLog('silent'),
  })
  const hash = await service.passwords.hash(ADA.password)
  await service.users.create({ email: ADA.email, firstName: 'Ada', password: hash, emailVerifiedAt: 1 })
  const server: RunningServer = await serve(service)
  onTestFinished(() => server.close())
  const params = new URLSearchParams({
    client_id: ID,
    redirect_uri: returnsTo,
    response_type: 'code',
    scope: 'openid email',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return { at: (path: string) => `${config.authUrl}${path}`, authorization: `/oidc/auth?${params}` }
}

const text = (page: Page) => page.getByRole('main').innerText()

it('An app that describes itself shows its host, asks each time, and is withdrawn, by typing and clicking', async () => {
  const { at, authorization } = await start()
  await inContext(browser, {}, async (page) => {
    await page.goto(at(authorization))
    expect(await heading(page)).toBe(`Sign in to continue to ${HOST}`)
    await signIn(page, ADA.email, ADA.password)
    expect(await heading(page)).toBe(`Continue to ${HOST}?`)
    expect(await text(page)).toContain(`${HOST} is not registered here.`)
    expect(await text(page)).not.toContain('The Administration')
    await inspectTwice(page, 'oidc-document-consent')
    await press(page, 'Cancel')
    expect(await heading(page)).toBe('Got access_denied')

    await page.goto(at(authorization))
    await press(page, 'Allow')
    expect(await heading(page)).toBe('Got a code')

    await page.goto(at('/account'))
    await page.getByRole('heading', { name: 'Apps with access to your data' }).waitFor()
    await inspectTwice(page, 'oidc-document-account')
    await press(page, `Withdraw access: ${ID}`)
    expect(await told(page)).toContain('That app no longer has access to your data')
  })
})

it('The same page in German', async () => {
  const { at, authorization } = await start()
  await inContext(browser, { locale: 'de-DE' }, async (page) => {
    await page.goto(at(authorization))
    await page.getByLabel('E-Mail').fill(ADA.email)
    await page.getByLabel('Passwort').fill(ADA.password)
    await press(page, 'Anmelden')
    expect(await heading(page)).toBe(`Weiter zu ${HOST}?`)
    expect(await text(page)).toContain(`${HOST} ist hier nicht registriert.`)
    await inspectTwice(page, 'oidc-document-consent-de')
    await press(page, 'Zulassen')
    expect(await heading(page)).toBe('Got a code')
  })
})
