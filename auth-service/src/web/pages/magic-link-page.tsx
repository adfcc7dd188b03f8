import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Proved } from '../../accounts/first-verification.ts'
import { NO_CODE, readCode } from '../../accounts/mailed-code.ts'
import { isOfFlow, LIFETIMES } from '../../accounts/one-time-tokens.ts'
import { message } from '../../platform/i18n/message.ts'
import type { FieldErrors } from '../../platform/validation/field-errors.ts'
import type { Service } from '../../service.ts'
import type { User } from '../../users/users.ts'
import { invalid, refusal, refuse } from '../components/error-page.tsx'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { Checkbox, Field, FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { otherUserPage } from '../components/other-user.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/negotiation.ts'
import { createForms, isOutdated, type Submission, textOf, tickOf } from '../forms/submission.ts'
import { returningTo } from '../middleware/accept-language.ts'
import { noStore } from '../middleware/no-store.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { originAsReferrer } from '../middleware/security-headers.ts'
import { createSignIn } from '../sign-in/complete.ts'
import { createMagicLinkCookie } from '../sign-in/magic-link-cookie.ts'
import { createReturnUrls, type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import { redirectLoopPage } from './redirect-loop-page.tsx'

const WRONG = message('This code is wrong, or it works no more. After five wrong ones, it takes a new mail.')

/**
 * `/login/mail`: sign-in by a mailed code, which is good in this browser alone, or by the link beside it, which is good
 * anywhere after a click on a button.
 */
export function magicLinkPage(service: Service): Hono {
  const { accounts, config, mailSignIn } = service
  const app = new Hono()
  if (config.signInByMail === 'off') return app
  const returnUrls = createReturnUrls(service)
  const forms = createForms(config)
  const flows = createMagicLinkCookie(config)
  const otherPerson = otherUserPage({ config, forms, returnUrls })
  const signIn = createSignIn(service, returnUrls, (c, next, loop) => redirectLoopPage(c, config, next, loop))

  const ask = (
    c: Context,
    status: ContentfulStatusCode,
    next: ReturnUrl,
    email = '',
    errors: FieldErrors = {},
  ) => page(c, status, <RequestPage csrf={forms.token(c)} {...{ next, email, errors }} />)

  const askForCode = (c: Context, status: ContentfulStatusCode, form: Form, email?: string) =>
    page(c, status, <CodePage csrf={forms.token(c)} {...form} email={email} />)

  async function showLink(c: Context, status: ContentfulStatusCode, token: string, form: Form) {
    const user = await mailSignIn.find(token)
    if (!user) return dead(c, form.next)
    if (wantsJson(c)) return c.json({ email: user.email })
    const { other } = await signIn.resume(c, user)
    if (other) return otherPerson(c, status, other, aboutLink(user), linkOf(token, form.next))
    const here = isOfFlow(token, flows.of(c))
    return page(c, status, <LinkPage csrf={forms.token(c)} {...form} {...{ token, user, here }} />)
  }

  const dead = (c: Context, next: ReturnUrl) =>
    expiredLink(c, message('We can <a>mail you another one</a>.'), withNext('/login/mail', next))

  /** What a form says of where to go, and for how long to stay. */
  const formOf = (c: Context, fields: Submission['fields']): Form => ({
    next: returnUrls.read(fields.next ?? c.req.query('next')),
    remember: (tickOf(c, fields, 'remember') ?? true) === true,
  })

  async function enter(c: Context, proved: Proved, by: 'link' | 'code', form: Form, json: boolean) {
    const { next, remember } = form
    const { user, passwordDropped } = proved
    const outcome = await accounts.enter(user, deviceOf(c), remember, by)
    if (!outcome.ok) {
      return json ? invalid(422, outcome.errors) : ask(c, 422, next, user.email, outcome.errors)
    }
    flows.forget(c)
    const { value, deletionCancelled } = outcome
    return signIn.completeSignIn(c, value, next, { json, status: 200, deletionCancelled, passwordDropped })
  }

  return app
    .use('/login/mail/*', noStore)
    .use('/login/mail/link', originAsReferrer)
    .get('/login/mail', async (c) => {
      const next = returnUrls.fromQuery(c)
      const passing = await signIn.passThrough(c, next)
      if (passing && 'to' in passing) return passing.to
      return ask(c, 200, next, passing?.again.email)
    })
    .post('/login/mail', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const next = returnUrls.read(fields.next ?? c.req.query('next'))
      returningTo(c, withNext('/login/mail', next))
      const email = textOf(fields, 'email')
      if (isOutdated(refused) && !json) return ask(c, 403, next, email, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)

      const asked = await mailSignIn.ask(fields.email, deviceOf(c), next.href)
      if ('errors' in asked) return json ? invalid(422, asked.errors) : ask(c, 422, next, email, asked.errors)
      flows.remember(c, asked.flow)
      return json ? c.json({ mailed: true }, 202) : c.redirect(withNext('/login/mail/code', next), 303)
    })
    .get('/login/mail/code', (c) =>
      askForCode(c, 200, { next: returnUrls.fromQuery(c), remember: true }, flows.of(c)?.email),
    )
    .post('/login/mail/code', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const form = formOf(c, fields)
      returningTo(c, withNext('/login/mail/code', form.next))
      if (isOutdated(refused) && !json) {
        return askForCode(c, 403, { ...form, errors: { form: refusal(refused).detail } })
      }
      if (refused) return refuse(c, refused)

      if (readCode(fields.code) === null) {
        const errors = { code: NO_CODE }
        return json ? invalid(422, errors) : askForCode(c, 422, { ...form, errors })
      }
      const flow = flows.of(c)
      const proved = flow && (await mailSignIn.byCode(flow, fields.code, deviceOf(c)))
      if (proved) return enter(c, proved, 'code', form, json)
      const errors = { code: WRONG }
      return json ? invalid(422, errors) : askForCode(c, 422, { ...form, errors })
    })
    .get('/login/mail/link', (c) => {
      const [token, next] = [tokenOf(c) ?? '', returnUrls.fromQuery(c)]
      returningTo(c, linkOf(token, next))
      return showLink(c, 200, token, { next, remember: true })
    })
    .post('/login/mail/link', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const form = formOf(c, fields)
      const token = textOf(fields, 'token')
      returningTo(c, linkOf(token, form.next))
      if (isOutdated(refused) && !json) {
        return showLink(c, 403, token, { ...form, errors: { form: refusal(refused).detail } })
      }
      if (refused) return refuse(c, refused)

      const owner = json ? null : await mailSignIn.find(token)
      const other = owner && (await signIn.resume(c, owner)).other
      if (owner && other) return otherPerson(c, 409, other, aboutLink(owner), linkOf(token, form.next))
      const proved = await mailSignIn.byLink(token, deviceOf(c))
      return proved ? enter(c, proved, 'link', form, json) : dead(c, form.next)
    })
}

const aboutLink = ({ email }: User) => message('This link is to sign in as {email}.', { email })

const linkOf = (token: string, next: ReturnUrl) => withNext('/login/mail/link', next, { token })

interface Form {
  readonly next: ReturnUrl
  readonly remember: boolean
  readonly errors?: FieldErrors
}

interface RequestPageProps {
  readonly csrf: string
  readonly next: ReturnUrl
  readonly email: string
  readonly errors: FieldErrors
}

const RequestPage = ({ csrf, next, email, errors }: RequestPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Sign in by mail')} errors={errors}>
      <div class="card">
        <h1>
          {next.host ? t('Sign in by mail to continue to {app}', { app: next.host }) : t('Sign in by mail')}
        </h1>
        <FormError words={errors.form} />
        <p>{t('We mail you a code, and you need no password.')}</p>
        <PostForm action="/login/mail" csrf={csrf} next={next}>
          <Field
            name="email"
            label={t('E-mail')}
            type="email"
            autocomplete="username"
            value={email}
            error={errors.email}
          />
          <button class="button full" type="submit">
            {t('Mail me a code')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href={withNext('/login', next)}>{t('Sign in with a password')}</a>
      </p>
    </Layout>
  )
}

const Remember = ({ remember }: { readonly remember: boolean }) => {
  const t = useTranslation()
  return (
    <Checkbox
      name="remember"
      label={t('Keep me signed in')}
      hint={t('Untick this on a shared computer.')}
      checked={remember}
    />
  )
}

interface CodePageProps extends Form {
  readonly csrf: string
  /** As typed. */
  readonly email?: string | undefined
}

const CodePage = ({ csrf, next, remember, email, errors = {} }: CodePageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Enter the code')} errors={errors}>
      <div class="card">
        <h1>{t('Enter the code')}</h1>
        <FormError words={errors.form} />
        {email && (
          <p>
            {rich('If there is an account with the address {email}, we have mailed it a code.', {
              email: <strong>{email}</strong>,
            })}
          </p>
        )}
        <PostForm action="/login/mail/code" csrf={csrf} next={next}>
          <Field
            name="code"
            label={t('Code')}
            autocomplete="one-time-code"
            keys="numeric"
            hint={t('Six digits, good for {minutes} minutes in this browser.', {
              minutes: LIFETIMES.sign_in / 60,
            })}
            error={errors.code}
          />
          <Remember remember={remember} />
          <button class="button full" type="submit">
            {t('Sign in')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        {rich('Nothing came? <a>Ask for another mail</a>', {
          a: (words) => <a href={withNext('/login/mail', next)}>{words}</a>,
        })}
      </p>
    </Layout>
  )
}

interface LinkPageProps extends Form {
  readonly csrf: string
  readonly token: string
  readonly user: User
  /** Whether this is the browser that asked for it. */
  readonly here: boolean
}

const LinkPage = ({ csrf, next, remember, errors = {}, token, user, here }: LinkPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Sign in by mail')}>
      <div class="card">
        <h1>{next.host ? t('Sign in to continue to {app}', { app: next.host }) : t('Sign in')}</h1>
        <FormError words={errors.form} />
        <p>{rich('You sign in as {email}.', { email: <strong>{user.email}</strong> })}</p>
        {!here && (
          <p class="notice">
            {t(
              'This was asked for in another browser. Go on only if it was you who asked, and if this device is yours.',
            )}
          </p>
        )}
        <PostForm action="/login/mail/link" csrf={csrf} next={next}>
          <input type="hidden" name="token" value={token} />
          <Remember remember={remember} />
          <button class="button full" type="submit">
            {t('Sign in on this device')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href={withNext('/login', next)}>{t('Don’t sign in')}</a>
      </p>
    </Layout>
  )
}
