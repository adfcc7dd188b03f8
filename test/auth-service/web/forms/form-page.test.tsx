import type { Context } from 'hono'
import { describe, expect, it } from 'vitest'
import { page } from '../../../../auth-service/src/web/components/layout.tsx'
import { createFormPages, type Outcome } from '../../../../auth-service/src/web/forms/form-page.ts'
import { createForms } from '../../../../auth-service/src/web/forms/submission.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../../support/tokens.ts'
import { pageApp } from '../../support/page-app.ts'
import { SECRET_KEY } from '../../support/services.ts'

const forms = createForms({
  authUrl: ISSUER,
  cookieDomain: COOKIE_DOMAIN,
  secretKey: SECRET_KEY,
  secretKeyFallbacks: [],
  https: false,
})

/** A page whose form holds a name, and ends as it is told. */
function nameForm(outcome: Outcome<string>) {
  let submitted = 0
  const onSubmit = createFormPages(forms)({
    values: (c: Context, fields) =>
      fields.name === 'nobody' ? c.text('no such page', 404) : String(fields.name),
    show: (c, status, name, { errors, changed }) =>
      page(c, status, <p>{JSON.stringify([name, errors?.name, changed?.after])}</p>),
  })
  const app = pageApp()
    .get('/', (c) => c.text(forms.token(c)))
    .post(
      '/',
      onSubmit(() => {
        submitted += 1
        return outcome
      }),
    )

  return {
    submitted: () => submitted,
    async form(name: string, { token }: { token?: string } = {}) {
      const opened = await app.request('/')
      const cookie = opened.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
      const body = new URLSearchParams({ name, csrf_token: token ?? (await opened.text()) })
      return app.request('/', { method: 'POST', headers: { origin: ISSUER, cookie }, body })
    },
    json: (name: string) =>
      app.request('/', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: ISSUER },
        body: JSON.stringify({ name }),
      }),
  }
}

describe('A form', () => {
  it('redirects afterwards, and tells programs the result', async () => {
    const { form, json } = nameForm({ to: '/done', body: { name: 'Ada' }, status: 201 })
    const sent = await form('Ada')
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/done'])
    const told = await json('Ada')
    expect([told.status, await told.json()]).toEqual([201, { name: 'Ada' }])
  })

  it('returns nothing to programs without a result', async () => {
    expect((await nameForm({ to: '/done' }).json('Ada')).status).toBe(204)
  })

  it('is shown again with the errors and the input', async () => {
    const { form, json } = nameForm({ errors: { name: 'Too short.' } })
    const sent = await form('A')
    expect([sent.status, await sent.text()]).toEqual([
      422,
      expect.stringContaining('[&quot;A&quot;,&quot;Too short.'),
    ])
    const told = await json('A')
    expect([told.status, await told.json()]).toEqual([
      422,
      expect.objectContaining({ errors: { name: 'Too short.' } }),
    ])
  })

  it('is shown again with the changes of others, and with other values if there are any', async () => {
    const changed = { before: { name: 'A' }, after: { name: 'B' } }
    const { form, json } = nameForm({ changed, values: 'B' })
    const sent = await form('A')
    expect(sent.status).toBe(409)
    expect(await sent.text()).toContain('[&quot;B&quot;,null,{&quot;name&quot;:&quot;B&quot;}]')
    const told = await json('A')
    expect([told.status, await told.json()]).toEqual([409, expect.objectContaining({ now: { name: 'B' } })])
  })

  it('does nothing if it is outdated, and is shown again', async () => {
    const { form, submitted } = nameForm({ to: '/done' })
    const sent = await form('Ada', { token: 'old' })
    expect([sent.status, await sent.text()]).toEqual([403, expect.stringContaining('Ada')])
    expect(submitted()).toBe(0)
  })

  it('does nothing if the page does not exist', async () => {
    const { form, submitted } = nameForm({ to: '/done' })
    expect((await form('nobody')).status).toBe(404)
    expect(submitted()).toBe(0)
  })
})
