import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { openSite } from '../../../support/site.ts'

async function openDashboard() {
  const site = await openSite()
  const root = await site.signedIn({ email: 'root@example.com' })
  const user = await site.service.users.findByEmail('root@example.com')
  await site.service.administration.change(user?.uuid ?? '', { isSuperuser: true }, OPERATOR)
  await site.browser().json('/login', { email: 'root@example.com', password: 'wrong' })
  return root
}

it('the dashboard draws four charts, each with an equivalent sentence and table', async () => {
  const { html } = await (await openDashboard()).get('/admin')
  expect(html.match(/<svg [^>]*role="img"/g)).toHaveLength(4)
  for (const chart of html.match(/<section class="card chart".*?<\/section>/g) ?? []) {
    const [, title, desc] = chart.match(/aria-labelledby="(\S+-title) (\S+-desc)"/) ?? []
    expect(chart).toContain(`<title id="${title}">`)
    expect(chart).toContain(`<desc id="${desc}">`)
    expect(chart.match(/<rect /g)).toHaveLength(30)
    expect(chart.match(/<th scope="row">\d{1,2} [A-Z][a-z]+ \d{4}<\/th>/g)).toHaveLength(30)
  }
  expect(html).toContain('1 in the last 30 days, 1 today')
  expect(Buffer.byteLength(html)).toBeLessThan(30_000)
})

it('the dashboard as JSON has the same data', async () => {
  const root = await openDashboard()
  const { html } = await root.request('/admin', { headers: { accept: 'application/json' } })
  const { days, ...rest } = JSON.parse(html)
  expect(rest).toMatchObject({ live_sessions: 1, superusers: 1, staff: 0 })
  expect(days).toHaveLength(30)
  expect(days.at(-1)).toMatchObject({ sign_ins: 0, failures: 1, new_people: 1, sessions: 1 })
})
