import { beforeEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { unusablePassword } from '../../../../../auth-service/src/users/unusable-password.ts'
import { NOW } from '../../../../support/tokens.ts'
import type { Browser, Page } from '../../../support/browser.ts'
import { mailsOf } from '../../../support/mails.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../../support/site.ts'

const TITLE = 'Confirm that it is you · Latchkey'
const QUARTER = 15 * 60

let site: Site
let root: Browser
beforeEach(async () => {
  site = await openSite()
  root = await superuser('root@example.com')
})

async function superuser(email: string): Promise<Browser> {
  const browser = await site.signedIn({ email })
  const user = await site.service.users.findByEmail(email)
  await site.service.administration.change(user?.uuid ?? '', { isSuperuser: true }, OPERATOR)
  return browser
}

const group = (name: string) => site.service.groups.named(name)
const uuidOf = async (email: string) => (await site.service.users.findByEmail(email))?.uuid ?? ''

/** Fills in the form for a new group on its page, and sends it. */
const create = (browser: Browser, name = 'editors') =>
  browser.submit('/admin/groups', '/admin/groups', { name })

/** Sends the password on the confirmation page. */
const confirm = (browser: Browser, page: Page, action = '/admin/groups', password = PASSWORD) =>
  browser.post(action, { ...page.form(action), password })

describe('A change by an administrator', () => {
  it('needs no further proof within 15 minutes of signing in', async () => {
    site.service.wait(QUARTER)
    expect((await create(root)).status).toBe(303)
    expect(await group('editors')).not.toBeNull()
  })

  it('requires the password after that, and then does what the form asked for', async () => {
    site.service.wait(QUARTER + 1)
    const page = await create(root)
    expect([page.status, page.title]).toEqual([403, TITLE])
    expect(page.html).toContain('root@example.com')
    expect(await group('editors')).toBeNull()
    const done = await confirm(root, page)
    expect([done.status, done.location]).toEqual([303, expect.stringContaining('/admin/groups/')])
    expect(await group('editors')).not.toBeNull()
    expect((await create(root, 'authors')).status).toBe(303)
  })

  it('returns the filled-in form if something is wrong with it', async () => {
    await site.signedIn()
    site.service.wait(QUARTER + 1)
    const home = `/admin/people/${await uuidOf(ADA.email)}`
    const fields = { first_name: 'Augusta', last_name: 'King', email: 'root@example.com' }
    const page = await root.submit(home, `${home}/details`, fields)
    expect(page.title).toBe(TITLE)
    const again = await confirm(root, page, `${home}/details`)
    expect(again.status).toBe(422)
    expect(again.form(`${home}/details`)).toMatchObject(fields)
    expect((await site.service.users.findByEmail(ADA.email))?.firstName).toBe('Ada')
  })

  it('does not happen with a wrong password, and keeps the form', async () => {
    site.service.wait(QUARTER + 1)
    const asked = await create(root)
    const wrong = await confirm(root, asked, '/admin/groups', 'guessed')
    expect([wrong.status, wrong.title]).toEqual([422, `Error: ${TITLE}`])
    expect(wrong.html).toContain('This is not your current password.')
    expect(wrong.html).not.toContain('guessed')
    const empty = await confirm(root, wrong, '/admin/groups', '')
    expect(empty.html).toContain('Enter your password.')
    expect(await group('editors')).toBeNull()
    expect((await confirm(root, empty)).status).toBe(303)
    expect(await group('editors')).not.toBeNull()
    const history = await site.service.audit.historyOf(await uuidOf('root@example.com'), 10)
    expect(history.filter(({ event }) => event === 'password_refused')).toHaveLength(1)
  })

  it('waits after too many wrong passwords, and keeps the form in the meantime', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
    try {
      await root.jar.removeAllCookies()
      await root.json('/login', { email: 'root@example.com', password: PASSWORD })
      const { origin } = site
      await root.jar.setCookie('device=; Path=/; Max-Age=0', origin)
      site.service.wait(QUARTER + 1)
      let page = await create(root)
      for (let i = 0; i < 5; i++) page = await confirm(root, page, '/admin/groups', 'guessed')
      const refused = await confirm(root, page)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
      expect(refused.html).toContain('Please wait 60 seconds')
      vi.setSystemTime((NOW + 61) * 1000)
      expect((await confirm(root, refused)).status).toBe(303)
      expect(await group('editors')).not.toBeNull()
    } finally {
      vi.useRealTimers()
    }
  })

  it('is a 403 with a code for programs, which send the password and repeat the request', async () => {
    site.service.wait(QUARTER + 1)
    const refused = await root.json('/admin/groups', { name: 'editors' })
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.html)).toMatchObject({
      title: 'Confirm that it is you',
      code: 'insufficient_user_authentication',
      max_age: QUARTER,
      confirm_url: `${site.origin}/account/confirm`,
    })
    expect((await root.json('/account/confirm', { password: 'guessed' })).status).toBe(422)
    expect((await root.json('/account/confirm', {})).status).toBe(422)
    expect((await root.json('/admin/groups', { name: 'editors' })).status).toBe(403)
    expect((await root.json('/account/confirm', { password: PASSWORD })).status).toBe(204)
    expect((await root.json('/admin/groups', { name: 'editors' })).status).toBe(201)
  })

  it('is still rejected for staff, who are asked for nothing', async () => {
    const staff = await site.signedIn({ email: 'staff@example.com' })
    await site.service.administration.change(await uuidOf('staff@example.com'), { isStaff: true }, OPERATOR)
    site.service.wait(QUARTER + 1)
    const page = await staff.post('/admin/groups', { name: 'editors' })
    expect([page.status, page.title]).toEqual([403, 'For superusers only · Latchkey'])
  })

  it('can be viewed without a proof', async () => {
    site.service.wait(QUARTER + 1)
    for (const path of ['/admin', '/admin/groups', '/admin/audit?format=json', '/account'])
      expect((await root.get(path)).status).toBe(200)
  })

  it('requires the password again if the clock was set back', async () => {
    site.service.wait(-QUARTER - 1)
    const page = await create(root)
    expect(page.title).toBe(TITLE)
  })
})

describe('The confirmation page', () => {
  it('is valid for one session: a proof on another device opens nothing here', async () => {
    const other = site.browser()
    await other.json('/login', { email: 'root@example.com', password: PASSWORD })
    site.service.wait(QUARTER + 1)
    const page = await create(other)
    await confirm(other, page)
    expect((await create(root, 'authors')).title).toBe(TITLE)
  })

  it('in a second tab continues once the first has sent the password', async () => {
    site.service.wait(QUARTER + 1)
    const [first, second] = [await create(root, 'editors'), await create(root, 'authors')]
    expect((await confirm(root, first)).status).toBe(303)
    expect((await confirm(root, second)).status).toBe(303)
    expect([await group('editors'), await group('authors')]).not.toContain(null)
  })

  it('keeps the form when the same user signs in again in another tab', async () => {
    site.service.wait(QUARTER + 1)
    const page = await create(root)
    await root.json('/login', { email: 'root@example.com', password: PASSWORD })
    const again = await confirm(root, page)
    expect([again.status, again.title]).toEqual([403, `Error: ${TITLE}`])
    expect(await group('editors')).toBeNull()
    expect((await confirm(root, again)).status).toBe(303)
    expect(await group('editors')).not.toBeNull()
  })

  it('does nothing for another user who has signed in since, with any password', async () => {
    site.service.wait(QUARTER + 1)
    const page = await create(root)
    await superuser('grace@example.com')
    await root.json('/login', { email: 'grace@example.com', password: PASSWORD })
    const answer = await confirm(root, page)
    expect([answer.status, answer.title]).toEqual([409, 'Another person is signed in · Latchkey'])
    expect(answer.html).not.toContain('editors')
    expect(await group('editors')).toBeNull()
  })

  it('accepts no form that it did not encrypt itself, and none for another path', async () => {
    site.service.wait(QUARTER + 1)
    const page = await create(root)
    const fields = page.form('/admin/groups')
    for (const sealed of ['', 'v1.a.b.c', `${fields.sealed}x`]) {
      const answer = await root.post('/admin/groups', { ...fields, sealed, password: PASSWORD, name: 'x' })
      expect(answer.title).toBe(TITLE)
    }
    const elsewhere = await root.post('/admin/apps', { ...fields, password: PASSWORD })
    expect(elsewhere.status).toBe(403)
    expect(await group('editors')).toBeNull()
    expect(site.service.apps.list()).toEqual([])
  })

  it("needs a token of its own: another page can't send it", async () => {
    site.service.wait(QUARTER + 1)
    const { csrf_token: _, ...fields } = (await create(root)).form('/admin/groups')
    const answer = await root.post('/admin/groups', { ...fields, password: PASSWORD })
    expect([answer.status, answer.title]).toEqual([403, `Error: ${TITLE}`])
    const foreign = await root.request('/admin/groups', {
      method: 'POST',
      headers: { origin: 'http://app1.demo.localhost', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, password: PASSWORD }).toString(),
    })
    expect(foreign.status).toBe(403)
    expect(await group('editors')).toBeNull()
  })

  it('switches the language and keeps the form', async () => {
    site.service.wait(QUARTER + 1)
    const page = await create(root)
    const switched = await root.post('/language', { ...page.form('/language'), language: 'de' })
    expect([switched.status, switched.location]).toEqual([307, `${site.origin}/admin/groups`])
    const german = await root.post('/admin/groups', { ...page.form('/language'), language: 'de' })
    expect(german.title).toBe('Bestätigen Sie, dass Sie es sind · Latchkey')
    expect((await confirm(root, german)).status).toBe(303)
    expect(await group('editors')).not.toBeNull()
  })

  it('hides the input', async () => {
    site.service.wait(QUARTER + 1)
    const page = await create(root, 'a name that nobody should see')
    expect(page.html).not.toContain('nobody should see')
    expect(page.headers.get('cache-control')).toBe('private, no-store')
  })
})

describe("The user's data export", () => {
  it('requires the password after 15 minutes, and then downloads', async () => {
    const ada = await site.signedIn()
    expect((await ada.get('/account/export')).status).toBe(200)
    site.service.wait(QUARTER + 1)
    const page = await ada.get('/account/export')
    expect(page.location).toBe('/account/confirm?next=%2Faccount%2Fexport')
    const wrong = await ada.submit(page.location ?? '', '/account/confirm', { password: 'guessed' })
    expect([wrong.status, wrong.title]).toEqual([422, `Error: ${TITLE}`])
    const done = await confirm(ada, wrong, '/account/confirm')
    expect([done.status, done.location]).toEqual([303, `${site.origin}/account/export`])
    expect((await ada.get('/account/export')).headers.get('content-disposition')).toContain('account.json')
    expect((await ada.get('/account/confirm?next=/account/export')).location).toBe(
      `${site.origin}/account/export`,
    )
  })

  describe('shows the page again, with the reason,', () => {
    const PATH = '/account/confirm'
    /** Ada's confirmation page, and the fields of its form. */
    async function ask(): Promise<{ ada: Browser; fields: Record<string, string> }> {
      const ada = await site.signedIn()
      site.service.wait(QUARTER + 1)
      const fields = (await ada.get(`${PATH}?next=/account/export`)).form(PATH)
      return { ada, fields: { ...fields, password: PASSWORD } }
    }

    it('if its token is outdated, with the form if it was encrypted for this user', async () => {
      const { ada, fields } = await ask()
      for (const csrf_token of ['', 'outdated']) {
        const again = await ada.post(PATH, { ...fields, csrf_token })
        expect([again.status, again.title]).toEqual([403, `Error: ${TITLE}`])
        expect(again.html).toContain('This page was open for too long.')
        const done = await confirm(ada, again, PATH)
        expect([done.status, done.location]).toEqual([303, `${site.origin}/account/export`])
        site.service.wait(QUARTER + 1)
      }
    })

    it('if its token is outdated and its form is unencrypted or for another user', async () => {
      const { ada, fields } = await ask()
      const foreign = (await root.get(`${PATH}?next=/admin/groups`)).form(PATH)
      const [own = '', roots = '', sealedForRoot = ''] = [
        fields.csrf_token,
        foreign.csrf_token,
        foreign.sealed,
      ]
      const series = [
        [roots, ''],
        [roots, 'v1.a.b.c'],
        [roots, sealedForRoot],
        [own, sealedForRoot],
      ] as const
      for (const [csrf_token, sealed] of series) {
        const again = await ada.post(PATH, { ...fields, csrf_token, sealed })
        expect([again.status, again.title]).toEqual([403, `Error: ${TITLE}`])
        expect(again.html).toContain('This page was open for too long.')
        const done = await confirm(ada, again, PATH)
        expect([done.status, done.location]).toEqual([303, `${site.origin}/account`])
        site.service.wait(QUARTER + 1)
      }
    })

    it('if the user has just confirmed the password in another tab', async () => {
      const { ada, fields } = await ask()
      await ada.post(PATH, fields)
      const again = await ada.post(PATH, { ...fields, csrf_token: 'outdated', sealed: '' })
      expect([again.status, again.title]).toEqual([403, `Error: ${TITLE}`])
      expect((await confirm(ada, again, PATH)).status).toBe(303)
    })

    it('but not for a page of another origin or another signed-in user', async () => {
      const { ada, fields } = await ask()
      const other = await ada.post(PATH, { ...fields, signed_in_as: await uuidOf('root@example.com') })
      expect([other.status, other.title]).toEqual([409, 'Another person is signed in · Latchkey'])
      const crossed = await ada.request(PATH, {
        method: 'POST',
        headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ csrf_token: fields.csrf_token ?? '', password: PASSWORD }).toString(),
      })
      expect(crossed.status).toBe(403)
      expect(crossed.html).not.toContain('name="password"')
    })
  })

  it('is a 403 for programs until they send the password', async () => {
    const ada = await site.signedIn()
    site.service.wait(QUARTER + 1)
    const ask = () => ada.request('/account/export', { headers: { accept: 'application/json' } })
    expect((await ask()).status).toBe(403)
    await ada.json('/account/confirm', { password: PASSWORD })
    expect((await ask()).status).toBe(200)
  })

  it.each(['https://evil.example/', '//evil.example', 'javascript:alert(1)', '', '/'])(
    'leads nowhere else: %j',
    async (next) => {
      const ada = await site.signedIn()
      site.service.wait(QUARTER + 1)
      const path = `/account/confirm?${new URLSearchParams({ next })}`
      const done = await ada.submit(path, '/account/confirm', { password: PASSWORD })
      expect([done.status, done.location]).toEqual([303, `${site.origin}/account`])
    },
  )
})

describe('Users without a password', () => {
  let ada: Browser
  beforeEach(async () => {
    ada = await site.signedIn()
    const { db, users } = site.service.database
    await db.update(users).set({ password: unusablePassword() })
    site.service.wait(QUARTER + 1)
  })

  const codeOf = async () =>
    (await mailsOf(site.service)).at(-1)?.text.match(/^ {4}(\d{3} \d{3})$/m)?.[1] ?? ''

  it('get a code by email, and can then delete their account', async () => {
    const page = await ada.get('/account/delete')
    expect(page.location).toBe('/account/confirm?next=%2Faccount%2Fdelete')
    const asked = await ada.get(page.location ?? '')
    expect(asked.html).not.toContain('type="password"')
    const sent = await ada.post('/account/confirm', { ...asked.form('/account/confirm'), send_code: '1' })
    expect(sent.status).toBe(200)
    const code = await codeOf()
    const other = code === '123 456' ? '654321' : '123456'
    const wrong = await ada.post('/account/confirm', { ...sent.form('/account/confirm'), code: other })
    expect(wrong.status).toBe(422)
    expect(wrong.html).toContain('That code is wrong or expired.')
    const { db, outbox } = site.service.database
    // Otherwise the email would outlive the account, under its former address.
    expect((await db.select().from(outbox)).at(-1)?.person).toBe(await uuidOf(ADA.email))
    const done = await ada.post('/account/confirm', { ...wrong.form('/account/confirm'), code })
    expect([done.status, done.location]).toEqual([303, `${site.origin}/account/delete`])
    const form = await ada.get('/account/delete')
    expect(form.html).not.toContain('type="password"')
    const deleted = await ada.post('/account/delete', form.form('/account/delete'))
    expect(deleted.location).toContain('/login?notice=deletion_requested')
  })

  it('get one code for a double click or a reload, and it works on both pages', async () => {
    const fields = { ...(await ada.get('/account/confirm')).form('/account/confirm'), send_code: '1' }
    const before = (await mailsOf(site.service)).length
    const answers = [
      ...(await Promise.all([ada.post('/account/confirm', fields), ada.post('/account/confirm', fields)])),
      await ada.post('/account/confirm', fields),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await mailsOf(site.service)).toHaveLength(before + 1)
    const last = answers.at(-1)?.form('/account/confirm') ?? {}
    expect(last).toEqual(answers[0]?.form('/account/confirm'))
    const done = await ada.post('/account/confirm', { ...last, code: await codeOf() })
    expect(done.status).toBe(303)
  })

  it('are not charged for input without six digits, since it is no guess', async () => {
    const asked = (await ada.get('/account/confirm')).form('/account/confirm')
    let sent = await ada.post('/account/confirm', { ...asked, send_code: '1' })
    for (const code of ['', '12345', '1234567', 'abcdef', '12 34 5', 'the code']) {
      sent = await ada.post('/account/confirm', { ...sent.form('/account/confirm'), code })
      expect(sent.status).toBe(422)
      expect(sent.html).toContain('Enter the six digits of the code in the email.')
    }
    const code = (await codeOf()).replace(' ', '-')
    const done = await ada.post('/account/confirm', { ...sent.form('/account/confirm'), code })
    expect(done.status).toBe(303)
  })

  it("can't use another user's code or one for signing in", async () => {
    const bob = await site.signedIn({ email: 'bob@example.com' })
    const { db, users } = site.service.database
    await db.update(users).set({ password: unusablePassword() })
    site.service.wait(QUARTER + 1)
    const send = async (browser: Browser) => {
      const asked = await browser.get('/account/confirm')
      return browser.post('/account/confirm', { ...asked.form('/account/confirm'), send_code: '1' })
    }
    const [bobs, adas] = [await send(bob), await send(ada)]
    const code = await codeOf()
    const answer = await bob.post('/account/confirm', { ...bobs.form('/account/confirm'), code })
    expect(answer.status).toBe(422)
    const stolen = { ...bobs.form('/account/confirm'), sealed: adas.form('/account/confirm').sealed ?? '' }
    expect((await bob.post('/account/confirm', { ...stolen, code })).status).not.toBe(303)
  })

  it('can do the same with programs', async () => {
    expect((await ada.json('/account/delete', {})).status).toBe(403)
    const sent = await ada.json('/account/confirm', { send_code: true })
    expect(sent.status).toBe(202)
    const { sealed } = JSON.parse(sent.html)
    expect((await ada.json('/account/confirm', { sealed, code: 'wrong' })).status).toBe(422)
    expect((await ada.json('/account/confirm', { sealed, code: await codeOf() })).status).toBe(204)
    expect((await ada.json('/account/delete', {})).status).toBe(200)
  })
})
