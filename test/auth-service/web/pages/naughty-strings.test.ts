import { describe, expect, it } from 'vitest'
import { cleanedName } from '../../../../auth-service/src/platform/validation/validators.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { SEED, sample } from '../../../support/sample.ts'
import { skeleton } from '../../support/browser.ts'
import { ADA, openSite } from '../../support/site.ts'

const SESSIONS_PER_PAGE = 25
const FIELDS = ['first_name', 'last_name', 'email', 'password'] as const

/** Each text takes several requests. */
const texts = sample(naughtyStrings, 150)

describe(`Naughty strings (CORPORA_SEED=${SEED})`, () => {
  it.each(FIELDS)('as %s in the form are kept as typed and never become markup', async (field) => {
    const visitor = (await openSite()).browser()
    const { csrf_token = '' } = (await visitor.get('/register')).form('/register')
    // The password is too short, so that the form always returns.
    const fill = (value: string) => ({ ...ADA, password: 'short', csrf_token, [field]: value })
    const benign = skeleton((await visitor.post('/register', fill('x'.repeat(300)))).html)
    for (const value of texts) {
      const page = await visitor.post('/register', fill(value))
      if (page.status === 303) continue
      expect(page.status, value).toBe(422)
      expect(withoutErrors(skeleton(page.html)), value).toBe(withoutErrors(benign))
      if (field !== 'password') expect(page.form('/register')[field], value).toBe(value)
      else expect(page.form('/register').password).toBe('')
    }
  })

  it('as names are stored cleaned if they were accepted, and never become markup', async () => {
    const { browser, signedIn } = await openSite()
    const benign = skeleton((await (await signedIn()).get('/account')).html)
    let accepted = 0
    for (const [at, name] of texts.entries()) {
      const visitor = browser()
      const answer = await visitor.json('/register', {
        ...ADA,
        email: `p${at}@example.com`,
        first_name: name,
        last_name: name,
      })
      expect([201, 422], name).toContain(answer.status)
      if (answer.status === 422) continue
      accepted++
      const stored = cleanedName(name)
      expect(JSON.parse(answer.html), name).toMatchObject({ first_name: stored, last_name: stored })
      const page = await visitor.get('/account')
      expect(page.status, name).toBe(200)
      expect(skeleton(page.html), name).toBe(benign)
    }
    expect(accepted).toBeGreaterThan(texts.length / 2)
  })

  it('as email and password sign no one in and break nothing', async () => {
    const { browser, service } = await openSite()
    const visitor = browser()
    for (const value of texts) {
      for (const body of [
        { email: value, password: ADA.password },
        { email: ADA.email, password: value },
        { [value]: value },
      ]) {
        const { status } = await visitor.json('/login', body)
        // One address may check only a limited number of passwords.
        expect([401, 422, 429], value).toContain(status)
      }
    }
    expect(service.logged.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  it('as user agents are shown unchanged and never become markup', async () => {
    // Without characters that are invalid in headers; as bytes, as Node passes them on.
    const sendable = texts
      .map((value) =>
        Buffer.from(value.replace(/\p{Cc}/gu, ' '))
          .toString('latin1')
          .trim(),
      )
      .filter(Boolean)
    // A page of sessions includes the reader's own.
    for (let from = 0; from < sendable.length; from += SESSIONS_PER_PAGE - 1) {
      await areShown(sendable.slice(from, from + SESSIONS_PER_PAGE - 1))
    }
  })

  it('as a session, a notice, a token or a path break nothing', async () => {
    const { signedIn } = await openSite()
    const browser = await signedIn()
    for (const value of texts) {
      const escaped = encodeURIComponent(value)
      const answers = [
        await browser.json(`/account/sessions/${escaped}/end`, {}),
        await browser.post('/account/sessions/end-others', { csrf_token: value }),
        await browser.get(`/account?notice=${escaped}`),
        await browser.get(`/${escaped}`),
        await browser.get(`/assets/${escaped}?v=${escaped}`),
      ]
      for (const { status } of answers) expect(status, value).toBeLessThan(500)
    }
  })
})

async function areShown(userAgents: readonly string[]) {
  const { app, signedIn } = await openSite()
  const reader = await signedIn()
  for (const userAgent of userAgents) {
    const headers = { 'content-type': 'application/json', 'user-agent': userAgent }
    const body = JSON.stringify(ADA)
    const { status } = await app.request('/login', { method: 'POST', headers, body })
    expect(status, userAgent).toBe(200)
  }
  const page = await reader.get('/account')
  expect(page.status).toBe(200)
  const [, sessions = '', history = ''] = page.html.split(/id="(?:sessions|security)"/)
  const rowsOf = (html: string) => (html.match(/<li>.*?<\/li>/gs) ?? []).map(skeleton)
  const rows = rowsOf(sessions).slice(1)
  expect(rows).toHaveLength(userAgents.length)
  expect([...new Set(rows)]).toHaveLength(1)
  expect([...new Set(rowsOf(history))]).toHaveLength(1)
  const told = await reader.request('/account', { headers: { accept: 'application/json' } })
  const shown = JSON.parse(told.html).sessions.map((one: { user_agent: string }) => one.user_agent)
  expect(shown.sort()).toEqual(['Test', ...userAgents.map((userAgent) => userAgent.slice(0, 512))].sort())
}

/** Validity depends only on the values of the fields; everything else must be equal. */
const withoutErrors = (tags: string) =>
  tags.replaceAll(/<p class id><\/p>/g, '').replaceAll(/ aria-(invalid|describedby)/g, '')
