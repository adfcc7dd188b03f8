import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdapterPart, adapterCases, createTestAuth } from '@latchkey/jwt-middleware/testing'
import { expect, it, onTestFinished } from 'vitest'
import { deadPort } from '../support/dead-port.ts'
import { findDjango } from '../support/django.ts'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { startProgram } from '../support/temp-app.ts'

/** Django projects link to the auth service to sign out, and open WebSockets with other packages. */
const LEFT_OUT: readonly AdapterPart[] = ['sign-out', 'websockets']
const CASES = adapterCases.filter(({ part }) => !LEFT_OUT.includes(part))

it('A Django project passes the exported cases for adapters', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-django-cases-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const testAuth = createTestAuth({ ownUrl: 'http://app.example.test' })
  const service = await testAuth.listen()
  onTestFinished(() => service.close())
  const port = await deadPort()
  const origin = `http://127.0.0.1:${port}`
  const env = {
    PYTHONDONTWRITEBYTECODE: '1',
    DATABASE: join(folder, 'django.sqlite3'),
    LOGIN_URL: testAuth.options.loginUrl,
    OWN_URL: testAuth.options.ownUrl,
    LATCHKEY: JSON.stringify({
      LATCHKEY_AUTH_INTERNAL_URL: service.url,
      LATCHKEY_POLL_EVERY: 0.1,
      LATCHKEY_AUTH_CLIENT_ID: testAuth.options.clientId,
      LATCHKEY_AUTH_CLIENT_SECRET: testAuth.options.clientSecret,
      LATCHKEY_SCOPES: ['cards.read'],
    }),
  }
  for (const command of [['django_site.py', 'migrate'], ['django_cases.py']]) {
    const prepared = startProgram(findDjango(), import.meta.dirname, command, env)
    expect(await prepared.ended, prepared.output()).toBe(0)
  }
  const flags = `-m gunicorn --workers 1 --threads 8 --bind 127.0.0.1:${port} django_cases:wsgi`
  const server = startProgram(findDjango(), import.meta.dirname, flags.split(' '), env)
  const host = new URL(testAuth.options.ownUrl).host
  await eventually(async () => {
    const { status } = await send(`${origin}/unchanged`, { headers: { host } })
    expect(status, server.output()).toBe(304)
  })
  const failed: string[] = []
  for (const { name, run } of CASES)
    await run({ origin, testAuth }).catch((error) => failed.push(`${name}: ${error.message}`))
  expect(failed, server.output()).toEqual([])
})
