import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { german } from '../../../../../auth-service/src/platform/i18n/de.ts'
import { type Browser, contentOf } from '../../../support/browser.ts'
import { openSite } from '../../../support/site.ts'
import { said } from '../../../support/texts.ts'

/** Text that is the same in both languages: names, input, and technical terms. */
const SAME = new Set(
  Object.entries(german).flatMap(([text, translated]) => (text === translated ? [text] : [])),
)
const isData = (text: string) => /[@\d]/.test(text) || !/\p{L}{2}/u.test(text) || SAME.has(text)

async function read(browser: Browser, path: string, language: string) {
  const page = await browser.request(path, {
    headers: { 'accept-language': language, 'sec-fetch-mode': 'navigate' },
  })
  expect([page.status, page.html.includes(`<html lang="${language}">`)], path).toEqual([200, true])
  return { title: page.title, said: said(contentOf(page.html)) }
}

it('every page of the administration is in German on request, without English words', async () => {
  const site = await openSite()
  const { users, groups, apps, appRules, invitations, administration, adminDeletions } = site.service
  const browser = await site.signedIn({ first_name: 'A1', last_name: 'L1' })
  const ada = await users.findByEmail('ada@example.com')
  if (!ada) throw new Error('Nobody has registered.')
  await administration.change(ada.uuid, { isSuperuser: true, isStaff: true }, OPERATOR)
  const person = await site.signedIn({ email: 'bob@example.com', first_name: 'B2', last_name: '' })
  await person.get('/account')
  const bob = await users.findByEmail('bob@example.com')
  if (!bob) throw new Error('Nobody has registered.')
  const group = await groups.create('group1', OPERATOR)
  if (group.ok) await groups.add(group.value, bob, OPERATOR)
  await apps.create({ name: 'app1', origins: ['http://app9.demo.localhost'] }, OPERATOR)
  await appRules.replace({ id: 1, by: OPERATOR }, [
    { path: '/a1', groups: 'group1' },
    { path: '/a2', allow: 'staff' },
  ])
  await invitations.invite({ is_staff: true }, OPERATOR)
  const by = { uuid: ada.uuid, device: OPERATOR.device }
  await administration.change(bob.uuid, { firstName: 'C3', isActive: false, isStaff: true }, by)

  const leaving = await users.create({ email: 'p9@example.com', password: '!' })
  if (leaving.ok) await adminDeletions.request(leaving.value, by)

  const paths = [
    '/admin',
    '/admin/people',
    '/admin/people?q=zz9',
    '/admin/people?done=deleted',
    `/admin/people/${bob.uuid}`,
    `/admin/people/${ada.uuid}`,
    `/admin/people/${leaving.ok && leaving.value.uuid}?done=deletion_planned`,
    '/admin/groups',
    '/admin/groups/1',
    '/admin/apps?change=1',
    '/admin/apps/1/rules',
    '/admin/apps/1/rules?rule=%2Fa1',
    '/admin/invitations',
    '/admin/audit',
    '/admin/audit?person=nobody',
  ]
  for (const path of paths) {
    const [english, translated] = [await read(browser, path, 'en'), await read(browser, path, 'de')]
    expect(translated.title, path).toContain('Verwaltung')
    const left = [...translated.said].filter((text) => english.said.has(text) && !isData(text))
    expect(left, path).toEqual([])
  }
})
