import { inArray } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { MOST_LOOKED_AT } from '../../../../../auth-service/src/users/directory.ts'
import { seedPeople } from '../../../../../scripts/seed-people.ts'
import { contentOf } from '../../../support/browser.ts'
import { ADA, openSite } from '../../../support/site.ts'

it('a search page without a match says that there are more pages, and links to the next', async () => {
  const site = await openSite()
  const { database, users, administration } = site.service
  const { db } = database
  await seedPeople(database, { people: MOST_LOOKED_AT + 10, now: Math.floor(site.service.now() / 1000) })
  await db.update(database.users).set({ isSuperuser: false })
  await db
    .update(database.users)
    .set({ isSuperuser: true })
    .where(inArray(database.users.id, [1, 2]))
  const browser = await site.signedIn()
  const ada = await users.findByEmail(ADA.email)
  await administration.change(ada?.uuid ?? '', { isStaff: true }, OPERATOR)

  const page = await browser.get('/admin/people?q=example&filter=superuser')
  expect(contentOf(page.html)).toContain('No match in the first 10,000 results.')
  expect(contentOf(page.html)).not.toContain('No people found.')
  const [, next = ''] = /<a href="([^"]*)">Next page</.exec(page.html) ?? []
  const rest = await browser.get(next.replaceAll('&amp;', '&'))
  expect(contentOf(rest.html).match(/<a href="\/admin\/people\/[0-9a-f-]{36}">/g)).toHaveLength(2)
  expect(contentOf(rest.html)).not.toContain('Next page')

  const nobody = await browser.get('/admin/people?q=nobody+at+all&filter=superuser')
  expect(contentOf(nobody.html)).toContain('No people found.')
})
