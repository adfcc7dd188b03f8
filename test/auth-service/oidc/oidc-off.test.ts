import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { getTableName } from 'drizzle-orm'
import { afterAll, afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { eventually } from '../../support/eventually.ts'
import { send } from '../../support/http.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../support/tokens.ts'
import { holdHourlyRuns } from '../support/hourly.ts'
import { registerClient } from '../support/relying-party.ts'
import { onBothDatabases, SECRET_KEY, sqliteFiles, type TestService } from '../support/services.ts'

const files = sqliteFiles()
afterAll(files.remove)
afterEach(() => void vi.restoreAllMocks())

/** The tables from which a service deletes and that it updates, each once per round of cleaning up. */
function watchTables({ database: { db } }: TestService, nextRound: () => void) {
  const touched: string[] = []
  const { delete: deleteFrom, update } = db
  vi.spyOn(db, 'delete').mockImplementation((table) => {
    touched.push(getTableName(table))
    return deleteFrom.call(db, table)
  })
  vi.spyOn(db, 'update').mockImplementation((table) => {
    touched.push(getTableName(table))
    return update.call(db, table)
  })
  return {
    /** Those of one round. */
    async round(): Promise<string[]> {
      touched.length = 0
      nextRound()
      await eventually(() => expect(touched).toContain('audit_log'))
      return touched.filter((name) => name.startsWith('oidc_'))
    },
  }
}

onBothDatabases('OpenID Connect that no app uses', (open) => {
  it('asks the database for nothing, except once for what an earlier process left', async () => {
    const nextRound = holdHourlyRuns()
    const service = await open()
    const { round } = watchTables(service, nextRound)
    expect(await round()).toContain('oidc_records')
    expect(await round()).toEqual([])
    expect(await round()).toEqual([])
    const partner = await registerClient(service)
    expect(await round()).toContain('oidc_records')
    expect(await round()).toContain('oidc_records')
    await service.oidcClients.remove(partner.id, OPERATOR)
    expect(await round(), 'what the last client left').toContain('oidc_records')
    expect(await round()).toEqual([])
  })
})

/** Prints what is loaded of oidc-provider. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      if (found.url.includes('/oidc-provider/')) console.log('loads oidc-provider')
      return found
    },
  })
`)}`

async function start(more: Record<string, string>) {
  const env = {
    AUTH_URL: ISSUER,
    COOKIE_DOMAIN,
    SECRET_KEY,
    PORT: '0',
    DATABASE_URL: await files.empty(),
    ...more,
  }
  const main = resolve(import.meta.dirname, '../../../auth-service/dist/main.js')
  const child = spawn(process.execPath, ['--import', WATCH, main], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  })
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data
  })
  const port = await eventually(() => {
    const [, found] = / port (\d+)\)/.exec(output) ?? []
    expect(found).toBeDefined()
    return Number(found)
  })
  return { get: (path: string) => send(`http://127.0.0.1:${port}${path}`), output: () => output }
}

it('A process loads oidc-provider with the first request that needs it, and not before', async () => {
  const off = await start({})
  expect(await off.get('/.well-known/openid-configuration')).toMatchObject({ status: 404 })
  expect(await off.get('/oidc/auth')).toMatchObject({ status: 404 })
  await off.get('/login')
  expect(off.output()).not.toContain('loads oidc-provider')

  const on = await start({ OIDC: 'on' })
  await on.get('/login')
  expect(on.output()).not.toContain('loads oidc-provider')
  expect(await on.get('/.well-known/openid-configuration')).toMatchObject({ status: 200 })
  await eventually(() => expect(on.output()).toContain('loads oidc-provider'))
})
