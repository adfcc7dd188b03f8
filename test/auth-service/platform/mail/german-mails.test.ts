import { describe, expect, it } from 'vitest'
import { linkIn, mailsOf } from '../../support/mails.ts'
import { openSite, PASSWORD, type Site } from '../../support/site.ts'

const NEW_PASSWORD = 'three words in a row'

/** Everything a user can do that causes an email, in this language; returns the emails. */
async function mailed(language: string) {
  const site = await openSite({ emailVerification: 'required', signInByMail: 'on' })
  const browser = site.browser()
  const send = async (path: string, fields: Record<string, string | boolean>) => {
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const own = { origin: site.origin, 'sec-fetch-site': 'same-origin', 'accept-language': language }
    const body = JSON.stringify(fields)
    const { status } = await browser.request(path, { method: 'POST', headers: { ...headers, ...own }, body })
    expect([path, status < 300]).toEqual([path, true])
  }
  const token = async (email: string) =>
    new URL(await linkIn(site.service, email), site.origin).searchParams.get('token') ?? ''

  const email = 'p1@example.com'
  await send('/register', { email, password: PASSWORD, first_name: 'P1', last_name: 'L1' })
  await send('/register', { email, password: PASSWORD })
  await send('/verify-email', { token: await confirmation(site), password: PASSWORD })
  await send('/account/password', { current_password: PASSWORD, password: NEW_PASSWORD, keep: true })
  await send('/login/mail', { email })
  await send('/password/forgot', { email })
  await send('/account/email', { current_password: NEW_PASSWORD, email: 'p2@example.com' })
  await send('/change-email', { token: await token('p2@example.com'), password: NEW_PASSWORD })
  await send('/account/delete', { password: NEW_PASSWORD })
  await send('/login', { email: 'p2@example.com', password: NEW_PASSWORD })
  return mailsOf(site.service)
}

/** The token of the first email, since the second hides it. */
async function confirmation(site: Site): Promise<string> {
  const [first] = await mailsOf(site.service)
  return first?.text.match(/token=(\S+)/)?.[1] ?? ''
}

const wordsOf = (text: string) =>
  new Set(text.split('\n').filter((line) => /\p{L}{3}/u.test(line) && !/^ *http/.test(line)))

describe('German users', () => {
  it('get German emails without English words', async () => {
    const [english, german] = [await mailed('en'), await mailed('de-AT')]
    expect(german.map(({ subject }) => subject)).toEqual([
      'Bitte bestätigen Sie Ihre E-Mail-Adresse',
      'Sie haben schon ein Konto',
      'Ihr Passwort wurde geändert',
      'Ihr Anmeldecode',
      'Neues Passwort wählen',
      'Bitte bestätigen Sie Ihre neue E-Mail-Adresse',
      'Ihre E-Mail-Adresse soll geändert werden',
      'Ihre E-Mail-Adresse wurde geändert',
      'Ihr Konto wird gelöscht',
      'Ihr Konto wird nicht mehr gelöscht',
      // Device cookies belong to the address, which has changed by then.
      'Neues Gerät bei Ihrem Konto angemeldet',
    ])
    expect(english.length).toBe(german.length)
    for (const [at, { subject, text }] of german.entries()) {
      const same = wordsOf(english[at]?.text ?? '')
      expect(
        [...wordsOf(text)].filter((line) => same.has(line)),
        subject,
      ).toEqual([])
      expect(text, subject).not.toMatch(/[{}]/)
    }
  })

  it('see times in German format', async () => {
    const texts = (await mailed('de')).map(({ text }) => text.replaceAll(/\s+/g, ' ')).join('\n')
    expect(texts).toContain('Der Link lässt sich nur einmal verwenden. Gültigkeit: 1 Tag.')
    expect(texts).toContain('höchstens so lange gültig: 1 Stunde.')
    expect(texts).toContain('Sie können eins von beiden einmal verwenden. Gültigkeit: 10 Minuten.')
    expect(texts).toContain('Wann: 15. Januar 2027 um 08:00 UTC')
  })
})

/** The emails an administrator with pages in this language causes for a user who registered in that one. */
async function mailedByAdministrator(admin: string, person?: string): Promise<string | undefined> {
  const site = await openSite()
  const device = { userAgent: '', address: '' }
  const input = { email: 'p1@example.com', password: PASSWORD }
  await site.service.accounts.register(input, person === undefined ? device : { ...device, language: person })
  const user = await site.service.users.findByEmail(input.email)
  if (!user) throw new Error('Nobody has registered.')
  await site.service.passwordReset.sendLink(user, { uuid: null, device: { ...device, language: admin } })
  return (await mailsOf(site.service)).at(-1)?.subject
}

it('get links from an administrator in their own language, or in English if it is unknown', async () => {
  expect(await mailedByAdministrator('en', 'de')).toBe('Neues Passwort wählen')
  expect(await mailedByAdministrator('de', 'en')).toBe('Choose a new password')
  expect(await mailedByAdministrator('de')).toBe('Choose a new password')
})

it('get warnings about devices with another language in their own', async () => {
  const site = await openSite()
  const ada = await site.signedIn({}, { origin: site.origin })
  const user = await site.service.users.findByEmail('ada@example.com')
  await site.service.users.noteLanguage(user?.id ?? 0, 'de')
  const headers = {
    origin: site.origin,
    'content-type': 'application/json',
    accept: 'application/json',
    'accept-language': 'en',
  }
  const send = async (path: string, fields: object) =>
    (await ada.request(path, { method: 'POST', headers, body: JSON.stringify(fields) })).status
  const password = { current_password: PASSWORD, password: NEW_PASSWORD, keep: true }
  expect(await send('/account/password', password)).toBe(204)
  expect(await send('/account/email', { current_password: NEW_PASSWORD, email: 'p2@example.com' })).toBe(202)
  expect(await send('/account/delete', { password: NEW_PASSWORD })).toBeLessThan(300)
  const warned = (await mailsOf(site.service)).filter(({ to }) => to === 'ada@example.com').slice(1)
  expect(warned.map(({ subject }) => subject)).toEqual([
    'Ihr Passwort wurde geändert',
    'Ihre E-Mail-Adresse soll geändert werden',
    'Ihr Konto wird gelöscht',
  ])
})
