import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { createVisitor, NAVIGATION, type Visitor } from '../support/visitor.ts'

const PASSWORD = 'a long walk by the sea'
let family: RunningFamily
beforeAll(async () => {
  // At the most verbose level, to reveal whatever could leak.
  family = await startFamily({ LOG_LEVEL: 'trace', NODE_DEBUG: 'latchkey' })
})
afterAll(() => family.close())

let count = 0
/** A new user with a browser, who registers on the way to the notes. */
async function register(): Promise<{ visitor: Visitor; email: string }> {
  const visitor = createVisitor()
  const email = `person-${++count}@example.com`
  const login = await visitor.visit(`${family.notes.url}/notes`)
  const register = await visitor.visit(new URL('/register', family.auth.url).href + new URL(login.url).search)
  await visitor.submit(register, '/register', {
    email,
    password: PASSWORD,
    first_name: 'Ada',
    last_name: 'Lovelace',
  })
  return { visitor, email }
}

const rows = (file: string, sql: string, ...values: unknown[]) => {
  const db = new Database(file, { readonly: true })
  try {
    return db.prepare(sql).all(...values)
  } finally {
    db.close()
  }
}

describe('A user with a cookie jar, and three processes', () => {
  it('arrives at the requested page, is known to the second app at once, and is signed out everywhere', async () => {
    const { email } = await register()
    const visitor = createVisitor()
    const wanted = `${family.notes.url}/notes?before=99&q=a%20b%26c&next=x`

    const login = await visitor.visit(wanted)
    expect(login.url).toBe(`${family.auth.url}/login?next=${encodeURIComponent(wanted)}`)
    expect(login.html).toContain('app1.demo.localhost')

    const denied = await visitor.submit(login, '/login', { email, password: 'not my password' })
    expect(denied.url).toBe(`${family.auth.url}/login`)
    expect(await visitor.cookie(wanted, 'jwt.access')).toBeUndefined()

    const notes = await visitor.submit(denied, '/login', { email, password: PASSWORD })
    expect([notes.status, notes.url]).toEqual([200, wanted])
    expect(notes.html).toContain('Ada Lovelace')

    const board = await visitor.visit(`${family.teamBoard.url}/`)
    expect(board.html).toContain('Sign out')

    const asked = await visitor.visit(
      `${family.auth.url}/logout?next=${encodeURIComponent(`${family.teamBoard.url}/`)}`,
    )
    const left = await visitor.submit(asked, '/logout')
    expect(left.url).toBe(`${family.teamBoard.url}/`)
    expect(left.html).not.toContain('Sign out')
    expect(await visitor.cookie(wanted, 'jwt.refresh')).toBeUndefined()
    expect((await visitor.visit(wanted)).url).toContain(`${family.auth.url}/login`)
    expect((await visitor.visit(`${family.teamBoard.url}/`)).html).not.toContain('Sign out')
  })

  it('writes notes that no one else sees', async () => {
    const [ada, bob] = [(await register()).visitor, (await register()).visitor]
    const page = await ada.visit(`${family.notes.url}/notes`)
    const saved = await ada.submit(page, '/notes', { text: 'Only for my eyes' })
    expect([saved.url, saved.status]).toEqual([`${family.notes.url}/notes`, 200])
    expect(saved.html).toContain('Only for my eyes')
    expect((await bob.visit(`${family.notes.url}/notes`)).html).not.toContain('Only for my eyes')
  })

  it('needs no form while the session lives: the login page renews and continues', async () => {
    const { visitor } = await register()
    const wanted = `${family.teamBoard.url}/?x=1`
    const before = await visitor.cookie(wanted, 'jwt.access')
    await visitor.drop(wanted, 'jwt.access')
    const arrived = await visitor.visit(`${family.auth.url}/login?next=${encodeURIComponent(wanted)}`)
    expect(arrived.url).toBe(wanted)
    const after = await visitor.cookie(wanted, 'jwt.access')
    expect(after).toBeDefined()
    expect(after).not.toBe(before)
  })

  it('gets new rights within moments, and loses them at the next renewal at the latest', async () => {
    const { visitor, email } = await register()
    const staff = `${family.teamBoard.url}/staff`
    expect((await visitor.visit(staff)).status).toBe(403)
    const set = (isStaff: boolean) =>
      family.administer(async ({ users, administration }) => {
        const user = await users.findByEmail(email)
        return administration.change(user?.uuid ?? '', { isStaff }, OPERATOR)
      })

    await set(true)
    // The feed tells the app that the token is stale; no sign-in is needed.
    await eventually(async () => expect((await visitor.visit(staff)).status).toBe(200))

    // A renewal does not depend on the feed.
    await set(false)
    await visitor.drop(staff, 'jwt.access')
    expect((await visitor.visit(staff)).status).toBe(403)
    const local = rows(family.teamBoard.databaseFile, 'SELECT is_staff FROM people WHERE email = ?', email)
    expect(local).toEqual([{ is_staff: 0 }])
  })

  it('is signed out from the next renewal on after an administrator disabled them', async () => {
    const { visitor, email } = await register()
    await family.administer(async ({ users, administration }) => {
      const user = await users.findByEmail(email)
      return administration.change(user?.uuid ?? '', { isActive: false }, OPERATOR)
    })
    await visitor.drop(family.notes.url, 'jwt.access')
    expect((await visitor.visit(`${family.notes.url}/notes`)).url).toContain('/login')
  })

  it('loses no form that is sent after the access token expired', async () => {
    const { visitor } = await register()
    const page = await visitor.visit(`${family.notes.url}/notes`)
    await visitor.drop(family.notes.url, 'jwt.access')
    const saved = await visitor.submit(page, '/notes', { text: 'Written before, sent after' })
    expect(saved.html).toContain('Written before, sent after')
    expect(await visitor.cookie(family.notes.url, 'jwt.access')).toBeDefined()
  })

  it('is never redirected outside the family', async () => {
    const { email } = await register()
    const visitor = createVisitor()
    const login = await visitor.visit(`${family.auth.url}/login?next=https%3A%2F%2Fevil.example%2F`)
    const arrived = await visitor.submit(login, '/login', { email, password: PASSWORD })
    expect(arrived.url).toBe(`${family.auth.url}/account?notice=next_refused`)
  })

  it('is safe from sibling hosts: a form from app2 to app1 is rejected', async () => {
    const { visitor } = await register()
    await visitor.visit(`${family.notes.url}/notes`)
    const headers = {
      ...NAVIGATION,
      origin: family.teamBoard.url,
      'sec-fetch-site': 'same-site',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const forged = await visitor.request(`${family.notes.url}/notes`, {
      method: 'POST',
      headers,
      body: 'text=forged',
    })
    expect(forged.status).toBe(403)
    expect((await visitor.visit(`${family.notes.url}/notes`)).html).not.toContain('forged')
  })
})

describe('A thousand first requests at once', () => {
  /** Registers a user who never visited an app, and returns their browser's cookies. */
  async function registerAsProgram(): Promise<{ email: string; cookie: string }> {
    const email = `person-${++count}@example.com`
    const { status, headers } = await send(`${family.auth.url}/register`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        origin: family.auth.url,
        'sec-fetch-site': 'same-origin',
      },
      body: JSON.stringify({ email, password: PASSWORD, first_name: 'Ada', last_name: 'Lovelace' }),
    })
    expect(status).toBe(201)
    const lines = headers['set-cookie'] ?? []
    return { email, cookie: lines.map((line) => line.split(';', 1)[0]).join('; ') }
  }

  it.each([
    ['notes', '/notes', 'latchkey_users'],
    ['teamBoard', '/', 'people'],
  ] as const)('to two processes of %s create exactly one row per user', async (name, path, table) => {
    const app = family[name]
    const double = await family.double(name)
    const people = await Promise.all(Array.from({ length: 2 }, registerAsProgram))
    const emails = people.map(({ email }) => email).sort()
    const known = () =>
      rows(
        app.databaseFile,
        `SELECT email FROM ${table} WHERE email IN (${emails.map(() => '?').join()}) ORDER BY email`,
        ...emails,
      )
    expect(known(), 'nobody has been here').toEqual([])

    for (const { cookie } of people) {
      const requests = Array.from({ length: 1000 }, (_, i) =>
        send((i % 2 === 0 ? app : double).url + path, { headers: { ...NAVIGATION, cookie } }),
      )
      const answers = await Promise.all(requests)
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(answers.filter(({ text }) => !text.includes('Ada Lovelace'))).toEqual([])
    }
    expect(known()).toEqual(emails.map((email) => ({ email })))
  })
})

describe('While the auth service is down', () => {
  it('users stay signed in until their token expires; then guarded pages return 503, and all cookies are kept', async () => {
    const { visitor } = await register()
    const page = `${family.notes.url}/notes`
    expect((await visitor.visit(page)).status).toBe(200)
    await family.auth.stop('SIGKILL')
    try {
      expect((await visitor.visit(page)).status).toBe(200)
      await visitor.drop(page, 'jwt.access')
      const refused = await visitor.visit(page)
      expect(refused.status).toBe(503)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refused.headers.getSetCookie()).toEqual([])
      expect((await visitor.visit(`${family.teamBoard.url}/`)).status).toBe(200)
    } finally {
      await family.auth.start()
    }
    expect((await visitor.visit(page)).status).toBe(200)
  })
})

it('no process of the family printed a token, a cookie or a password at its most verbose log level', async () => {
  const { visitor } = await register()
  const page = `${family.notes.url}/notes`
  const access = (await visitor.cookie(page, 'jwt.access')) as string
  const refresh = (await visitor.cookie(page, 'jwt.refresh')) as string
  const [forgedAccess, forgedRefresh] = [access, refresh].map((token) =>
    token.replace(/\.[^.]+$/, `.${'A'.repeat(86)}`),
  )
  const tell = (url: string, cookie: string) => send(url, { headers: { ...NAVIGATION, cookie } })
  for (const app of [page, `${family.teamBoard.url}/`]) await tell(app, `jwt.access=${forgedAccess}`)
  await tell(`${family.auth.url}/account`, `jwt.refresh=${forgedRefresh}`)
  await Promise.all(family.processes().map((one) => one.stop()))

  for (const app of [family.notes, family.teamBoard]) {
    expect(app.output()).toContain('refused an access token')
  }
  expect(family.auth.output()).toContain('refused a refresh token')
  for (const { output } of family.processes()) {
    expect(output()).not.toMatch(
      /eyJ[A-Za-z0-9_-]{8}|(jwt\.(access|refresh)|csrf(_token)?|session)=|walk by the sea/,
    )
  }
})
