import type { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { moduleOf } from './recipe-modules.ts'

type Run = (given: object) => {
  users: ReturnType<typeof sqliteUsers>
  reports: { runNext(): Promise<boolean> }
}

describe('The recipe for background jobs', () => {
  let run: Run
  beforeAll(async () => {
    const module = await moduleOf('docs/recipes/background-jobs.md', 'app.post', {
      wrap: { given: ['app', 'db', 'options', 'console'], returns: ['users', 'reports'] },
      edit: (code) => code.replace('auth({ users,', 'auth({ ...options, users,'),
    })
    run = module.run as Run
  })

  /** The app, and a user who asked for a report. */
  async function start() {
    const testAuth = createTestAuth()
    const app = new Hono()
    const db = new Database(':memory:')
    onTestFinished(() => void db.close())
    const sent: string[] = []
    const console = { log: (line: string) => void sent.push(line) }
    const { users, reports } = run({ app, db, options: testAuth.options, console })
    const ada = testAuth.signedIn({ email: 'ada@example.com' })
    const ask = () => app.request('/reports', { method: 'POST', headers: ada.headers })
    expect((await ask()).status).toBe(202)
    const count = () => db.prepare('SELECT count(*) AS jobs FROM reports').get()
    return { testAuth, app, db, sent, users, reports, ada, count }
  }

  it('runs a job for its user, once', async () => {
    const { sent, reports, app } = await start()
    expect(await reports.runNext()).toBe(true)
    expect(await reports.runNext()).toBe(false)
    expect(sent).toEqual(['A report for ada@example.com'])
    expect((await app.request('/reports', { method: 'POST' })).status).toBe(401)
  })

  it('takes the email of the last visit', async () => {
    const { sent, reports, ada, app } = await start()
    ada.change({ email: 'ada@example.org' })
    await app.request('/reports', { method: 'POST', headers: ada.headers })
    await reports.runNext()
    expect(sent).toEqual(['A report for ada@example.org'])
  })

  it('sends nothing to a user who is disabled here, or was not here lately', async () => {
    const disabled = await start()
    await disabled.users.setActive(disabled.ada.uuid, false)
    const away = await start()
    away.db.prepare('UPDATE latchkey_users SET token_iat = token_iat - 31 * 86400').run()
    for (const { reports, sent, count } of [disabled, away]) {
      expect(await reports.runNext()).toBe(true)
      expect(sent).toEqual([])
      expect(count()).toEqual({ jobs: 0 })
    }
  })

  it('deletes the jobs of a deleted user', async () => {
    const { testAuth, ada, reports, sent, count, db } = await start()
    testAuth.deleteUser(ada.uuid)
    await eventually(() => expect(count()).toEqual({ jobs: 0 }))
    expect(await reports.runNext()).toBe(false)
    expect(sent).toEqual([])
    expect(db.prepare('SELECT * FROM latchkey_users').all()).toEqual([])
  })
})
