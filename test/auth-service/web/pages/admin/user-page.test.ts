import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import type { User } from '../../../../../auth-service/src/users/users.ts'
import { type Browser, skeleton } from '../../../support/browser.ts'
import { linkIn, mailsOf } from '../../../support/mails.ts'
import { ADA, openSite, type Site } from '../../../support/site.ts'

let site: Site
let root: Browser
let adas: Browser
let ada: User
let path: string
beforeEach(async () => {
  site = await openSite()
  root = await site.signedIn({ email: 'root@example.com', first_name: 'Root' })
  adas = await site.signedIn()
  const { users, administration } = site.service
  await administration.change(
    (await users.findByEmail('root@example.com'))?.uuid ?? '',
    { isSuperuser: true },
    OPERATOR,
  )
  ada = (await users.findByEmail(ADA.email)) as User
  path = `/admin/people/${ada.uuid}`
})

const asJson = async (browser: Browser, address: string) => {
  const { status, html } = await browser.request(address, { headers: { accept: 'application/json' } })
  return { status, body: JSON.parse(html) }
}

describe('The page of a user', () => {
  it('shows the user, their sessions and their history', async () => {
    const { html, title } = await root.get(path)
    expect(title).toBe('Ada Lovelace · Administration · Latchkey')
    expect(html).toContain(`<dd>${ADA.email}</dd>`)
    expect(html).toContain('Account created')
    expect(html).toContain('End all sessions')
    expect(html).not.toMatch(/type="password"/)
  })

  it('exists as JSON, without the password', async () => {
    const { body } = await asJson(root, path)
    expect(body).toMatchObject({
      uuid: ada.uuid,
      email: ADA.email,
      is_active: true,
      is_staff: false,
      sessions: [{ device: 'Another program' }],
      history: [{ event: 'registered', actor: ada.uuid }],
    })
    expect(JSON.stringify(body)).not.toContain('bcrypt')
  })

  it.each(['nobody', '%00', "'", 'a'.repeat(2000)])('does not exist for %s', async (uuid) => {
    expect((await root.get(`/admin/people/${uuid}`)).status).toBe(404)
    expect((await root.json(`/admin/people/${uuid}/rights`, { is_staff: true })).status).toBe(404)
  })

  it('saves names and address, which appear in the list', async () => {
    const saved = await root.submit(path, `${path}/details`, { last_name: 'King', email: 'ada@navy.example' })
    expect(saved.location).toBe(`${path}?done=saved`)
    expect((await root.get(`${path}?done=saved`)).html).toContain('Saved.')
    expect((await root.get('/admin/people?q=king')).html).toContain('ada@navy.example')
  })

  it('shows beside the field what is wrong, and keeps the input', async () => {
    const typed = { first_name: 'Augusta', email: 'no address' }
    const page = await root.submit(path, `${path}/details`, typed)
    expect(page.status).toBe(422)
    expect(page.html).toContain('<p class="error" id="email-error">Enter an email address like')
    expect(page.form(`${path}/details`)).toMatchObject(typed)
    const taken = await root.submit(path, `${path}/details`, { email: 'ROOT@example.com' })
    expect(taken.html).toContain('Another account uses this email address.')
    expect(await site.service.users.findByUuid(ada.uuid)).toEqual(ada)
  })

  it('saves the rights that are checked', async () => {
    const fields = (await root.get(path)).form(`${path}/rights`)
    expect(Object.keys(fields)).toEqual(['csrf_token', 'signed_in_as', 'shown', 'is_active'])
    await root.post(`${path}/rights`, { ...fields, is_staff: 'on' })
    expect((await adas.get('/admin/people')).status).toBe(200)
    const { is_active: _off, is_staff: _staff, ...without } = (await root.get(path)).form(`${path}/rights`)
    await root.post(`${path}/rights`, without)
    expect(await site.service.users.findByUuid(ada.uuid)).toMatchObject({ isActive: false, isStaff: false })
    expect((await adas.get('/account')).status, 'signed out').toBe(302)
  })

  it.each([{ is_staff: 'true' }, { is_active: 1 }, { is_superuser: null }])('rejects %o', async (body) => {
    const page = await root.json(`${path}/rights`, body)
    expect([page.status, JSON.parse(page.html).errors]).toEqual([422, expect.any(Object)])
  })

  it('lets no one revoke their own rights, and says why', async () => {
    const uuid = (await site.service.users.findByEmail('root@example.com'))?.uuid
    const mine = `/admin/people/${uuid}`
    const { csrf_token = '' } = (await root.get(mine)).form(`${mine}/rights`)
    const page = await root.post(`${mine}/rights`, { csrf_token, is_active: 'on' })
    expect(page.status).toBe(422)
    expect(page.html).toContain('You can’t remove your own rights')
    expect((await root.get(mine)).status).toBe(200)
  })

  it('adds the user to a group and removes them, and the log names the actor', async () => {
    await root.json('/admin/groups', { name: 'editors & <b>' })
    const added = await root.submit(path, `${path}/groups`, { group: ' editors & <b> ' })
    expect([added.status, added.location]).toEqual([303, `${path}?done=joined`])
    const page = await root.get(`${path}?done=joined`)
    expect(page.html).toContain('Added to the group.')
    expect(page.html).toContain('aria-label="Remove from editors &amp; &lt;b&gt;"')
    expect((await asJson(root, path)).body.groups).toEqual(['editors & <b>'])

    const removed = await root.submit(path, `${path}/groups/remove`)
    expect(removed.location).toBe(`${path}?done=left`)
    const { body } = await asJson(root, path)
    const actor = (await site.service.users.findByEmail('root@example.com'))?.uuid
    expect(body.groups).toEqual([])
    expect(body.history.slice(0, 2)).toMatchObject([
      { event: 'group_left', subject: ada.uuid, actor, details: { group: 'editors & <b>' } },
      { event: 'group_joined', subject: ada.uuid, actor },
    ])
  })

  it('explains why a user cannot join a group, and keeps the input', async () => {
    await root.json('/admin/groups', { name: 'editors' })
    const unknown = await root.submit(path, `${path}/groups`, { group: 'writers' })
    expect([unknown.status, unknown.form(`${path}/groups`).group]).toEqual([422, 'writers'])
    expect(unknown.html).toContain('<p class="error" id="group-error">There is no group with this name.</p>')
    expect((await root.json(`${path}/groups`, { group: 'editors' })).status).toBe(204)
    const again = await root.json(`${path}/groups`, { group: 'editors' })
    expect([again.status, JSON.parse(again.html).errors.group]).toEqual([422, expect.any(String)])
    for (const group of ['', 5, null, ['editors'], 'a"b']) {
      expect((await root.json(`${path}/groups`, { group })).status, `${group}`).toBe(422)
      expect((await root.json(`${path}/groups/remove`, { group })).status, `${group}`).toBe(404)
    }
    expect((await root.json(`${path}/groups/remove`, { group: 'editors' })).status).toBe(204)
    expect((await root.json(`${path}/groups/remove`, { group: 'editors' })).status).toBe(404)
  })

  it('emails a password reset link without showing it here', async () => {
    const sent = await root.submit(path, `${path}/reset-link`)
    expect(sent.location).toBe(`${path}?done=link_sent`)
    const { html } = await root.get('/mailbox')
    expect(html).toContain('Choose a new password')
    const { history } = (await asJson(root, path)).body
    expect(history[0]).toMatchObject({ event: 'password_reset_requested', subject: ada.uuid, details: {} })
    expect(history[0].actor).toBe((await site.service.users.findByEmail('root@example.com'))?.uuid)
    await site.service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
    expect((await root.json(`${path}/reset-link`, {})).status).toBe(422)
  })

  it('ends one session or all of them, and the log names the actor', async () => {
    const other = site.browser()
    await other.json('/login', ADA)
    const [first] = (await asJson(root, path)).body.sessions
    const one = `${path}/sessions/${first.id}/end`
    expect((await root.submit(path, one)).location).toBe(`${path}?done=session_ended`)
    expect((await asJson(root, path)).body.sessions).toHaveLength(1)
    expect((await root.submit(path, `${path}/sessions/end-all`)).location).toBe(`${path}?done=sessions_ended`)
    expect((await asJson(root, path)).body.sessions).toEqual([])
    expect((await adas.get('/account')).status).toBe(302)
    const { html } = await root.get(path)
    expect(html).toContain('Signed out everywhere')
    expect(html).toContain('root@example.com')
  })

  it('ends no session of another user at this URL', async () => {
    const { users } = site.service
    const mine = await asJson(root, `/admin/people/${(await users.findByEmail('root@example.com'))?.uuid}`)
    const [session] = mine.body.sessions
    expect((await root.json(`${path}/sessions/${session.id}/end`, {})).status).toBe(404)
  })

  it('shows markup in names as text', async () => {
    const shape = async () => skeleton((await root.get(path)).html.split('id="history"', 1)[0] ?? '')
    const plain = await shape()
    await root.json(`${path}/details`, {
      first_name: '<b>"Ada"</b>',
      last_name: "<script>alert('x')</script>",
    })
    expect(await shape()).toBe(plain)
    const { html } = await root.get(path)
    expect(html).not.toContain('<b>')
    expect((await root.get('/admin/people')).html).not.toContain('<script>')
    expect((await root.get('/admin/audit')).html).not.toContain('<script>')
  })
})

describe('The page of a user who will be deleted', () => {
  const storedAda = () => site.service.users.findByUuid(ada.uuid)

  it('deletes them after the grace period, shows the date, and can cancel', async () => {
    const asked = await root.submit(path, `${path}/deletion`)
    expect([asked.status, asked.location]).toEqual([303, `${path}?done=deletion_planned`])
    expect((await adas.get('/account')).status, 'signed out').toBe(302)
    const page = await root.get(asked.location ?? '')
    expect(page.html).toContain('Signed out everywhere. The account will be deleted.')
    expect(page.html).toContain('29 January 2027')
    expect(page.html, 'in the history, too').toContain('due at: 29 January 2027 at 08:00 UTC')
    expect(page.html).not.toContain(`action="${path}/deletion"`)
    const { body } = await asJson(root, path)
    expect(body.history[0]).toMatchObject({ event: 'deletion_requested', subject: ada.uuid })
    expect(body.history[0].actor).toBe((await site.service.users.findByEmail('root@example.com'))?.uuid)

    const kept = await root.submit(path, `${path}/deletion/cancel`)
    expect(kept.location).toBe(`${path}?done=deletion_cancelled`)
    expect((await storedAda())?.deletionDueAt).toBeNull()
    expect((await root.get(path)).html).toContain('Account deletion cancelled')
    await adas.json('/login', ADA)
    expect((await adas.get('/account')).html).toContain('cancelled by an administrator')
  })

  it('deletes them at once after their address was typed, and says so in the list', async () => {
    const mistyped = await root.submit(path, `${path}/delete-now`, { confirm_email: 'root@example.com' })
    expect(mistyped.status).toBe(422)
    expect(mistyped.html).toContain(
      '<p class="error" id="confirm_email-error">This is not the person’s email address.',
    )
    expect(mistyped.html).toContain('<details class="stack" open')
    const gone = await root.submit(path, `${path}/delete-now`, { confirm_email: ' ADA@example.com ' })
    expect([gone.status, gone.location]).toEqual([303, '/admin/people?done=deleted'])
    expect((await root.get('/admin/people?done=deleted')).html).toContain('deleted permanently')
    expect(await storedAda()).toBeNull()
    expect((await root.get(path)).status).toBe(404)
  })

  it('does both as JSON', async () => {
    const asked = await root.json(`${path}/deletion`, {})
    expect([asked.status, JSON.parse(asked.html)]).toEqual([200, { deletion_due_at: expect.any(Number) }])
    expect((await root.json(`${path}/deletion/cancel`, {})).status).toBe(204)
    for (const confirm_email of [undefined, '', 5, ['ada@example.com'], 'nobody@example.com']) {
      const { status, html } = await root.json(`${path}/delete-now`, { confirm_email })
      expect([status, Object.keys(JSON.parse(html).errors)]).toEqual([422, ['confirm_email']])
    }
    expect((await root.json(`${path}/delete-now`, { confirm_email: ADA.email })).status).toBe(204)
    expect((await root.json(`${path}/delete-now`, { confirm_email: ADA.email })).status).toBe(404)
  })

  it('deletes no one for staff, and neither the actor nor the last superuser', async () => {
    const { users, administration } = site.service
    const mine = `/admin/people/${(await users.findByEmail('root@example.com'))?.uuid}`
    expect((await root.get(mine)).html).toContain('<a href="/account/delete">from your account page</a>')
    expect((await root.get(mine)).html).not.toContain('delete-now')
    const own = await root.json(`${mine}/delete-now`, { confirm_email: 'root@example.com' })
    expect([own.status, JSON.parse(own.html).detail]).toEqual([
      422,
      expect.stringContaining('from your account page'),
    ])
    await administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    expect((await adas.get(mine)).html).not.toContain('delete-now')
    for (const what of ['deletion', 'deletion/cancel', 'delete-now', 'confirm-email', 'mail-confirmation']) {
      expect((await adas.json(`${mine}/${what}`, { confirm_email: 'root@example.com' })).status).toBe(403)
    }
  })
})

describe('The page of a user with an unconfirmed address', () => {
  const mails = async () => (await mailsOf(site.service)).filter(({ to }) => to === ADA.email)

  it('marks it as confirmed, with a log entry, unless it has changed since', async () => {
    const before = await root.get(path)
    const fields = before.form(`${path}/confirm-email`)
    await site.service.users.update(ada.uuid, { email: 'ada@navy.example' })
    const outdated = await root.post(`${path}/confirm-email`, fields)
    expect([outdated.status, outdated.html.includes('ada@example.com → ada@navy.example')]).toEqual([
      409,
      true,
    ])
    expect((await root.submit(path, `${path}/confirm-email`)).location).toBe(`${path}?done=confirmed`)
    const after = await asJson(root, path)
    expect(after.body.email_verified_at).toEqual(expect.any(Number))
    expect(after.body.history[0]).toMatchObject({
      event: 'email_confirmed',
      subject: ada.uuid,
      details: { before: { confirmed: false }, after: { confirmed: true } },
    })
    expect(after.body.history[0].actor).not.toBe(ada.uuid)
    expect((await root.get(path)).html).not.toContain('Mark as confirmed')
    expect((await root.json(`${path}/confirm-email`, {})).status).toBe(204)
    expect((await asJson(root, path)).body.history).toHaveLength(after.body.history.length)
  })

  it("sends the confirmation link again, in the user's language", async () => {
    await site.service.users.noteLanguage(ada.id, 'de')
    const count = (await mails()).length
    expect((await root.submit(path, `${path}/mail-confirmation`)).location).toBe(
      `${path}?done=confirmation_sent`,
    )
    expect(await mails()).toHaveLength(count + 1)
    expect((await mails()).at(-1)?.subject).toBe('Bitte bestätigen Sie Ihre E-Mail-Adresse')
    const { history } = (await asJson(root, path)).body
    expect(history[0]).toMatchObject({ event: 'confirmation_mailed', subject: ada.uuid })
    const link = await linkIn(site.service, ADA.email)
    const { password } = ADA
    expect((await site.browser().submit(link, '/verify-email', { password })).status).toBe(303)
    expect((await root.json(`${path}/mail-confirmation`, {})).status, 'nothing to confirm').toBe(422)
  })

  it('sends nothing to a disabled user', async () => {
    await site.service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
    expect((await root.get(path)).html).not.toContain('mail-confirmation')
    expect((await root.json(`${path}/mail-confirmation`, {})).status).toBe(422)
    expect((await root.json(`${path}/confirm-email`, {})).status).toBe(204)
  })
})
