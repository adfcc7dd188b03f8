import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hostileNexts } from '../../../support/corpora.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { SEED, sample, takesAll } from '../../../support/sample.ts'
import { APP, NOW } from '../../../support/tokens.ts'
import { attribute, type Browser } from '../../support/browser.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

// Response times and rate limits do not matter here: an hour passes between requests.
vi.mock('../../../../auth-service/src/platform/crypto/min-duration.ts', () => ({
  withMinDuration: (work: () => unknown) => work(),
}))
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const { source, lines } = hostileNexts()
const TEXTS = [...new Set([...naughtyStrings, ...lines])]

/** Each form gets some texts, other ones than the next form. */
const TEXTS_PER_FORM = 40
/** Proof fields are checked the same way in all forms. */
const TEXTS_PER_PROOF = 15

/** The start of the links to all pages. */
const NEXT = `?${new URLSearchParams({ next: `${APP}/notes` })}`
const STARTS = [`/login${NEXT}`, `/register${NEXT}`, `/login/mail/code${NEXT}`, '/logout', '/mailbox']

/** Fields that must be valid for the other fields to be checked: texts replace them alone. */
const PROOFS = ['csrf_token', 'shown', 'token', 'invitation']

interface Form {
  /** Its location: the URLs of emailed links differ each time. */
  readonly page: string
  readonly action: string
  readonly method: 'get' | 'post'
  /** Its fields with their values on the page. */
  readonly fields: Readonly<Record<string, string>>
}

/** Every form that is reachable from there, once per kind of page. */
async function formsOf(browser: Browser, starts: readonly string[]): Promise<Form[]> {
  const queue = [...starts]
  const seen = new Set<string>()
  const forms = new Map<string, Form>()
  for (const path of queue) {
    const kind = kindOf(path)
    if (seen.has(kind)) continue
    seen.add(kind)
    const { html } = await browser.get(path)
    for (const form of formsIn(path, html)) if (!forms.has(nameOf(form))) forms.set(nameOf(form), form)
    const links = [...html.matchAll(/<a [^>]*>/g)].map(([tag]) => attribute(tag, 'href') ?? '')
    queue.push(...links.filter((href) => /^\/(?!\/|assets\/|account\/export)/.test(href)))
  }
  return [...forms.values()]
}

/** Pages that differ only in ids, numbers and parameters are of one kind. */
const kindOf = (path: string) =>
  path.replace(/[?#](?!change=).*|=.*/, '').replace(/\/[\w-]{16,}|\/\d+/g, '/:id')
const nameOf = ({ method, action, fields }: Form) => `${method} ${kindOf(action)} ${Object.keys(fields)}`

const formsIn = (page: string, html: string): Form[] =>
  [...html.matchAll(/<form ([^>]*)>(.*?)<\/form>/gs)].map(([form, , inner = '']) => {
    const tags = [...inner.matchAll(/<(?:input|select|textarea|button) [^>]*>/g)].map(([tag]) => tag)
    const named = tags.filter((tag) => attribute(tag, 'name') !== undefined)
    return {
      page,
      action: attribute(form, 'action') ?? page,
      method: attribute(form, 'method') === 'get' ? 'get' : 'post',
      fields: Object.fromEntries(
        named.map((tag) => [attribute(tag, 'name') as string, attribute(tag, 'value') ?? '']),
      ),
    }
  })

/** Sends with the browser's cookies of that moment: each submission is its first. */
async function sender({ app, origin }: Site, browser: Browser, { action, method }: Form) {
  const { href } = new URL(action, origin)
  const headers = {
    origin,
    cookie: await browser.jar.getCookieString(href),
    accept: 'text/html',
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'navigate',
  }
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return async (fields: Record<string, string>) => {
    const sent = new URLSearchParams(fields).toString()
    const response =
      method === 'get'
        ? await app.request(`${href}?${sent}`, { headers })
        : await app.request(href, { method: 'POST', headers: { ...headers, ...type }, body: sent })
    return { status: response.status, html: await response.text() }
  }
}

/** Text that a page would contain verbatim only as markup. */
const isMarkup = (text: string) => /<[a-z/!?]|"[^"]*[=<>]/i.test(text)

async function superuser(site: Site, email: string) {
  const { users, passwords } = site.service
  await users.create({ email, password: await passwords.hash(PASSWORD), isSuperuser: true, isStaff: true })
  const browser = site.browser()
  expect((await browser.json('/login', { ...ADA, email })).status).toBe(200)
  return browser
}

/** A user with a session, in a group; an app; an invitation. Every form is then on its page. */
async function inhabit(site: Site) {
  const { apps, groups, invitations, users } = site.service
  await site.signedIn()
  const ada = await users.findByEmail(ADA.email)
  if (!ada) throw new Error('Nobody registered.')
  const by = { uuid: ada.uuid, device: { userAgent: '', address: '' } }
  const group = await groups.create('Editors', by)
  if (group.ok) await groups.add(group.value, ada, by)
  await apps.create({ name: 'Notes', origins: 'https://notes.example', start_url: '' }, by)
  await invitations.invite({}, by)
  return { ada, by }
}

/** The targets of emailed links and their content: a new token each time. */
function proofsFor(
  site: Site,
  { ada, by }: Awaited<ReturnType<typeof inhabit>>,
): Record<string, () => Promise<Record<string, string>>> {
  const { invitations, oneTimeTokens } = site.service
  const tokenFor = async (purpose: Parameters<typeof oneTimeTokens.issue>[0]) => ({
    token: (await oneTimeTokens.issue(purpose, ada.id, ada.email)).token,
  })
  return {
    '/verify-email': () => tokenFor('verify_email'),
    '/password/reset': () => tokenFor('reset_password'),
    '/change-email': () => tokenFor('change_email'),
    '/login/mail/link': () => tokenFor('sign_in'),
    '/register': async () => {
      const invited = await invitations.invite({}, by)
      const link = new URL((invited.ok && invited.link) || '')
      return { invitation: link.searchParams.get('invitation') ?? '' }
    },
  }
}

interface Reached {
  readonly form: Form
  readonly isSignedIn: boolean
}

/** Every form. Those without input come last, since they end what others need. */
async function allForms(site: Site, mailed: readonly string[]): Promise<Reached[]> {
  const root = await superuser(site, 'root@example.com')
  // Another session to end.
  await site.browser().json('/login', { ...ADA, email: 'root@example.com' })
  const reached = [
    ...(await formsOf(site.browser(), STARTS)).map((form) => ({ form, isSignedIn: false })),
    ...(await formsOf(root, ['/admin', '/account'])).map((form) => ({ form, isSignedIn: true })),
  ]
  for (const page of mailed) {
    const { html } = await site.browser().get(page)
    reached.push(...formsIn(page, html).map((form) => ({ form, isSignedIn: false })))
  }
  // Anonymous forms first: a form is the same for all signed-in users.
  const unlike = new Map(reached.reverse().map((one) => [nameOf(one.form), one]))
  return [...unlike.values()].sort((a, b) => Number(isBare(a.form)) - Number(isBare(b.form)))
}

const looseIn = ({ fields }: Form) => Object.keys(fields).filter((name) => !PROOFS.includes(name))
const isBare = (form: Form) => looseIn(form).length === 0

/** Some known forms, whose absence would mean that the test looks at the wrong pages. */
const EXPECTED = [
  'post /login csrf_token,next,email,password,remember',
  'post /login/mail csrf_token,next,email',
  'post /login/mail/code csrf_token,next,code,remember',
  'post /login/mail/link csrf_token,token,remember',
  'post /register csrf_token,next,first_name,last_name,email,password',
  'post /register csrf_token,invitation,first_name,last_name,email,password',
  'post /password/forgot csrf_token,next,email',
  'post /password/reset csrf_token,token,username,password',
  'post /verify-email csrf_token,token,username,password',
  'post /change-email csrf_token,token,username,password',
  'post /logout csrf_token',
  'post /account/names csrf_token,signed_in_as,shown,first_name,last_name',
  'post /account/email csrf_token,signed_in_as,email,current_password',
  'post /account/password csrf_token,signed_in_as,username,current_password,password,keep',
  'post /account/delete csrf_token,signed_in_as,password',
  'post /account/sessions/:id/end csrf_token,signed_in_as',
  'get /admin/people q,filter,order',
  'get /admin/audit event,person,actor,address,from,to',
  'post /admin/people/:id/details csrf_token,signed_in_as,shown,first_name,last_name,email',
  'post /admin/people/:id/rights csrf_token,signed_in_as,shown,is_active,is_staff,is_superuser',
  'post /admin/groups csrf_token,signed_in_as,name',
  'post /admin/groups/:id/rename csrf_token,signed_in_as,shown,name',
  'post /admin/groups/:id/members csrf_token,signed_in_as,shown,email',
  'post /admin/apps csrf_token,signed_in_as,name,origins,start_url,icon,token_scopes',
  'post /admin/apps/:id csrf_token,signed_in_as,shown,name,origins,start_url,icon,token_scopes',
  'post /admin/invitations csrf_token,signed_in_as,email,is_staff',
]

const PARTS = [0, 1, 2, 3]

describe(`Naughty strings, and ${source} (CORPORA_SEED=${SEED}),`, () => {
  // In parts, so that none takes long on a busy machine.
  it.each(PARTS.map((part) => [part + 1, part] as const))(
    'go through every field of every form, with one JSON log line each (part %i)',
    async (_, part) => {
      const site = await openSite({ signInByMail: 'on' })
      const proofs = proofsFor(site, await inhabit(site))
      const mailed = Object.entries(proofs).map(
        async ([path, prove]) => `${path}?${new URLSearchParams(await prove())}`,
      )
      const forms = await allForms(site, await Promise.all(mailed))
      expect(forms.map(({ form }) => nameOf(form))).toEqual(expect.arrayContaining(EXPECTED))

      for (const [at, { form, isSignedIn }] of forms.entries()) {
        if (at % PARTS.length !== part) continue
        // Each has its own user, since some forms sign them out.
        const browser = isSignedIn ? await superuser(site, `root${at}@example.com`) : site.browser()
        const page = formsIn(form.page, (await browser.get(form.page)).html)
        const { fields } = page.find((one) => nameOf(one) === nameOf(form)) ?? form
        const needsProof = PROOFS.slice(1).some((name) => Object.hasOwn(fields, name))
        const prove = needsProof ? proofs[form.action] : undefined
        const send = await sender(site, browser, form)
        const before = site.service.logged.length
        let sent = 0

        const attempt = async (typed: Record<string, string>) => {
          vi.setSystemTime(Date.now() + 3_600_000)
          const { status, html } = await send({ ...fields, ...(await prove?.()), ...typed })
          sent++
          expect(status, JSON.stringify({ ...form, typed })).toBeLessThan(500)
          for (const text of Object.values(typed)) {
            if (isMarkup(text)) expect(html, form.action).not.toContain(text)
          }
        }
        const loose = looseIn(form)
        const proving = PROOFS.filter((name) => Object.hasOwn(fields, name))
        const texts = sample(TEXTS, TEXTS_PER_FORM, at)
        for (let i = 0; i < texts.length && !isBare(form); i++) {
          const textAt = (k: number) => texts[(i + k * 97) % texts.length] ?? ''
          await attempt(Object.fromEntries(loose.map((name, k) => [name, textAt(k)])))
        }
        for (const [k, name] of proving.entries()) {
          for (const text of sample(TEXTS, TEXTS_PER_PROOF, 1000 * (k + 1) + at))
            await attempt({ [name]: text })
        }
        await attempt({})
        // The log was parsed line by line as it was written.
        const lines = site.service.logged.slice(before).filter(({ event }) => event === 'request')
        expect(lines, form.action).toHaveLength(sent)
      }
      expect(site.service.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
    },
    takesAll ? 3_600_000 : undefined,
  )
})
