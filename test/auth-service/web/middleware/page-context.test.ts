import { expect, it } from 'vitest'
import { pageApp } from '../../support/page-app.ts'

const app = pageApp().get('/page', (c) => c.json(c.var.device))

it('the device of a page has the language that its user chose, else the browser’s, and a time zone that exists', async () => {
  const of = async (headers: Record<string, string>) => (await app.request('/page', { headers })).json()
  expect(await of({})).toMatchObject({ language: 'en' })
  const german = { 'accept-language': 'fr, de-AT;q=0.8' }
  expect(await of(german)).toMatchObject({ language: 'de' })
  expect(await of({ ...german, cookie: 'language=en; time-zone=Europe/Berlin' })).toMatchObject({
    language: 'en',
    timeZone: 'Europe/Berlin',
  })
  expect(await of({ cookie: 'time-zone=Nowhere/Town' })).not.toHaveProperty('timeZone')
})
