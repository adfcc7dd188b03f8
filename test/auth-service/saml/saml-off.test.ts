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
import { registerProvider } from '../support/service-provider.ts'
import { onBothDatabases, openService, SECRET_KEY, sqliteFiles, testConfig } from '../support/services.ts'

const files = sqliteFiles()
afterAll(files.remove)
afterEach(() => void vi.restoreAllMocks())

onBothDatabases('SAML that no app uses', (open) => {
  it('deletes nothing, except once what was left', async () => {
    const nextRound = holdHourlyRuns()
    const service = await open()
    const { db } = service.database
    const touched: string[] = []
    const { delete: deleteFrom } = db
    vi.spyOn(db, 'delete').mockImplementation((table) => {
      touched.push(getTableName(table))
      return deleteFrom.call(db, table)
    })
    const round = async () => {
      touched.length = 0
      nextRound()
      await eventually(() => expect(touched).toContain('audit_log'))
      return [...new Set(touched.filter((name) => name.startsWith('saml_')))]
    }
    const all = ['saml_requests', 'saml_logouts', 'saml_sign_ins']
    expect(await round()).toEqual(all)
    expect(await round()).toEqual([])
    const { id } = await registerProvider(service)
    expect(await round()).toEqual(all)
    await service.serviceProviders.remove(id, OPERATOR)
    expect(await round(), 'what the last one left').toEqual(all)
    expect(await round()).toEqual([])
  })
})

/** Prints what is loaded of what reads and writes XML. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      if (/node_modules.(?:xml-crypto|xml-encryption|@xmldom|@peculiar|reflect-metadata)/.test(found.url)) console.log('loads XML')
      return found
    },
  })
`)}`

it('A process loads what reads XML with the first request that needs it, and not before', async () => {
  const DATABASE_URL = await files.empty()
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, PORT: '0', DATABASE_URL }
  const service = await openService(testConfig({ databaseUrl: DATABASE_URL }))
  onTestFinished(() => service.close())
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
  const get = (path: string) => send(`http://127.0.0.1:${port}${path}`)
  expect(await get('/saml/metadata')).toMatchObject({ status: 404 })
  await registerProvider(service)
  await get('/login')
  expect(output).not.toContain('loads XML')
  await eventually(async () => expect(await get('/saml/metadata')).toMatchObject({ status: 200 }))
  await eventually(() => expect(output).toContain('loads XML'))
})
