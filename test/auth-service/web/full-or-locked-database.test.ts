import SQLite from 'better-sqlite3'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { isOutage } from '../../../auth-service/src/platform/database/db-errors.ts'
import { sqlitePath } from '../../../auth-service/src/platform/database/sqlite-url.ts'
import { sqliteFiles } from '../support/services.ts'
import { ADA, openSite } from '../support/site.ts'

const GRACE = { ...ADA, email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper' }
/** The smallest possible session row: if it does not fit, no browser's session does. */
const NO_DEVICE = { userAgent: '', address: '' }

type Answer = Pick<Response, 'status' | 'headers'>

describe('A request to a SQLite file that is not writable', () => {
  const files = sqliteFiles()
  afterAll(files.remove)

  /**
   * A site on a file, where Ada has an account, and a series of requests, the same from the same browsers each time.
   */
  async function openOnFile() {
    const url = await files.empty()
    const site = await openSite({ databaseUrl: url })
    const { $client: client } = site.service.database.db as unknown as { $client: SQLite.Database }
    const renewing = await site.signedIn()
    const [script, visitor, newcomer] = [site.browser(), site.browser(), site.browser()]
    const form = (await visitor.get('/login')).form('/login')
    const asked = {
      signIn: () => script.json('/login', ADA),
      signInByForm: () => visitor.post('/login', { ...form, email: ADA.email, password: ADA.password }),
      register: () => newcomer.json('/register', GRACE),
      renew: () => renewing.json('/refresh', {}),
    }
    const ada = await site.service.users.findByEmail(ADA.email)
    if (!ada) throw new Error('Ada is not there.')
    const sessions = () => client.prepare('SELECT id FROM sessions ORDER BY id').pluck().all()
    return { ...site, path: sqlitePath(url), client, ada, sessions, asked }
  }

  /** The response is a 503 without cookies. */
  function expectOutage({ status, headers }: Answer) {
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('5')
    expect(headers.getSetCookie()).toEqual([])
  }

  /** The user is signed in. */
  function expectTokens({ status, headers }: Answer, expected: number) {
    expect(status).toBe(expected)
    const names = headers.getSetCookie().map((line) => line.match(/^(jwt\.\w+)=ey/)?.[1])
    expect(names).toEqual(expect.arrayContaining(['jwt.access', 'jwt.refresh']))
  }

  it('because it is locked gets 503 and no cookie, and succeeds later', async () => {
    const { service, path, client, sessions, asked } = await openOnFile()
    service.wait(600)
    // Shorter than the lock, like the usual second; tests need not wait for it.
    client.pragma('busy_timeout = 50')
    const other = new SQLite(path)
    onTestFinished(() => void other.close())
    const before = sessions()
    other.exec('BEGIN IMMEDIATE')
    for (const ask of Object.values(asked)) expectOutage(await ask())
    expect(sessions()).toEqual(before)
    expect(await service.users.findByEmail(GRACE.email)).toBeNull()

    other.exec('ROLLBACK')
    expectTokens(await asked.renew(), 200)
    expectTokens(await asked.signIn(), 200)
    expectTokens(await asked.signInByForm(), 303)
    expectTokens(await asked.register(), 201)
    expect(sessions()).toHaveLength(before.length + 3)
    expect(sessions()).toEqual(expect.arrayContaining(before))
  })

  it('because it is full gets 503, and no cookie of a session that is not stored', async () => {
    const { app, service, client, ada, sessions, asked } = await openOnFile()
    const most = client.pragma('max_page_count', { simple: true })
    const started: string[] = []
    const start = async () => {
      started.push((await service.sessions.start(ada, NO_DEVICE)).refreshToken)
    }
    // More than a page of rows: none has room for all to grow, as each does at its first renewal.
    while (started.length < 40) await start()
    client.pragma(`max_page_count = ${client.pragma('page_count', { simple: true })}`)
    const fill = async () => {
      for (;;) await start()
    }
    await expect(fill()).rejects.toSatisfy(isOutage)

    const before = sessions()
    expectOutage(await asked.signIn())
    expectOutage(await asked.signInByForm())
    expectOutage(await asked.register())
    const renew = (token = 'none') =>
      app.request('/refresh', { method: 'POST', headers: { cookie: `jwt.refresh=${token}` } })
    let refused: string | undefined
    for (const token of started) {
      const answer = await renew(token)
      if (answer.status === 503) {
        expectOutage(answer)
        refused = token
        break
      }
      expectTokens(answer, 200)
    }
    expect(sessions()).toEqual(before)

    client.pragma(`max_page_count = ${most}`)
    expectTokens(await renew(refused), 200)
    expectTokens(await asked.signIn(), 200)
    expectTokens(await asked.signInByForm(), 303)
    // After the Retry-After time; the first attempt may still be running before.
    service.wait(5)
    expectTokens(await asked.register(), 201)
    expect(sessions()).toHaveLength(before.length + 3)
    expect(sessions()).toEqual(expect.arrayContaining(before))
  })
})
