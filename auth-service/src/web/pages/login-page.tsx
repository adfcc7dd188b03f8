import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sendsMail } from '../../platform/config/mail-config.ts'
import { message } from '../../platform/i18n/message.ts'
import { invalid } from '../components/error-page.tsx'
import { EmailField, KeepSignedIn } from '../components/fields.tsx'
import { Field, FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { Notices } from '../components/notices.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import type { Errors, Problems } from '../forms/form-page.ts'
import { textOf, tickOf } from '../forms/submission.ts'
import { noStore } from '../middleware/security-headers.ts'
import { speakAsApp } from '../sign-in/app-language.ts'
import { interactionIn, leadsToAdmin, samlSignInIn } from '../sign-in/leads-to-account.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import type { Web } from '../web.ts'

/** `/login`: redirects signed-in users at once, and shows others the form. */
export function loginPage(web: Web): Hono {
  const { accounts, config, formPage, oidc, returnUrls, saml, sessions, signIn } = web

  async function show(
    c: Context,
    status: ContentfulStatusCode,
    values: Filled,
    { errors = {} }: Problems = {},
    again?: string,
  ) {
    const tangled = c.req.method === 'GET' && (await sessions.areTangled(c.var.device.cookies))
    const content = { c, ...values, errors, tangled, again }
    const offers = {
      open: config.registration === 'open',
      forgot: sendsMail(config),
      byMail: config.signInByMail === 'on',
    }
    const app = (await appBehind(c, values.next))?.app.name ?? values.next.name
    return page(c, status, <LoginPage {...content} {...offers} app={app} />)
  }

  /** The service provider that waits for this sign-in, or begins with it. */
  async function providerBehind(next: ReturnUrl) {
    const found = saml.isOn() ? samlSignInIn(next) : null
    if (!found) return null
    const flow = await saml.flow()
    const to = 'waiting' in found ? await flow.waiting(found.waiting) : flow.starting(found.starting)
    return to && { app: to.app, loginHint: null }
  }

  /** The authorization that waits for this sign-in, if any, whose app may prefer a language. */
  async function appBehind(c: Context, next: ReturnUrl) {
    const uid = interactionIn(next)
    const interaction = uid === null || !oidc.isOn() ? null : await oidc.interactions.peek(uid)
    if (interaction) speakAsApp(c, interaction.uiLocales, config.https)
    return interaction ?? providerBehind(next)
  }

  const onSubmit = formPage({
    values: (c: Context, fields): Filled => ({
      next: returnUrls.fromForm(c, fields),
      email: textOf(fields, 'email'),
      remember: tickOf(c, fields, 'remember'),
    }),
    address: (_, { next }) => withNext('/login', next),
    show,
  })

  return new Hono()
    .use('/login', noStore)
    .get('/login', async (c) => {
      const next = returnUrls.fromQuery(c)
      const passing = await signIn.passThrough(c, next)
      if (passing && 'to' in passing) return passing.to
      const waiting = await appBehind(c, next)
      const empty = { next, email: waiting?.loginHint ?? '', remember: true }
      if (passing) {
        const why = waiting ? AGAIN.app : leadsToAdmin(next) ? AGAIN.admin : AGAIN.account
        return show(c, 200, { ...empty, email: passing.again.email }, {}, why)
      }
      return show(c, 200, empty, signIn.hasLostCookies(c, next) ? { errors: { form: COOKIES_LOST } } : {})
    })
    .post(
      '/login',
      onSubmit(async (c, { fields, json, values: { next, remember } }) => {
        const { email, password } = fields
        const input = { email, password, remember }
        const outcome = await accounts.signIn(input, c.var.device, next.href)
        if (outcome.ok) {
          const { value, deletionCancelled } = outcome
          return signIn.completeSignIn(c, value, next, { json, status: 200, deletionCancelled })
        }
        const { errors } = outcome
        return json && errors.form
          ? invalid('sign_in_failed', errors, { 'www-authenticate': `Bearer realm="${config.authUrl}"` })
          : { errors }
      }),
    )
}

const COOKIES_LOST = message(
  'You signed in a moment ago, but your browser did not keep the cookie. Allow cookies for this site, then sign in again.',
)

/** To users whose sign-in is good for the apps alone. */
const AGAIN = {
  account: message('Sign in again to open your account. You stay signed in to your apps.'),
  app: message('Sign in again to continue. You stay signed in to your other apps.'),
  admin: message('Sign in again to open the administration. You stay signed in to your apps.'),
}

/** The input. */
interface Filled {
  readonly next: ReturnUrl
  readonly email: string
  /** What was sent for the checkbox, unchecked. */
  readonly remember: unknown
}

interface LoginPageProps extends Filled {
  readonly c: Context
  readonly errors: Errors
  /** Whether the browser's cookies contradict each other. */
  readonly tangled: boolean
  /** Why the form is shown to a user who is signed in to the apps. */
  readonly again: string | undefined
  readonly open: boolean
  readonly forgot: boolean
  readonly byMail: boolean
  /** The name of the app to continue to; `null` for our own pages. */
  readonly app: string | null
}

const LoginPage = ({
  c,
  next,
  email,
  remember,
  errors,
  tangled,
  again,
  open,
  forgot,
  byMail,
  app,
}: LoginPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Sign in')} errors={errors}>
      <div class="card">
        <h1>{app ? t('Sign in to continue to {app}', { app }) : t('Sign in')}</h1>
        <Notices c={c} also={tangled ? 'tangled' : undefined} />
        {again && (
          <p class="notice" role="status">
            {t(again)}
          </p>
        )}
        <FormError words={errors.form} />
        <PostForm action="/login" next={next}>
          <EmailField value={email} error={errors.email} />
          <Field
            name="password"
            label={t('Password')}
            type="password"
            autocomplete="current-password"
            error={errors.password}
          />
          <KeepSignedIn checked={remember === true} />
          <button class="button full" type="submit">
            {t('Sign in')}
          </button>
        </PostForm>
        {forgot && (
          <p class="aside">
            <a href={withNext('/password/forgot', next)}>{t('Forgot your password?')}</a>
          </p>
        )}
        {byMail && (
          <p class="aside">
            <a href={withNext('/login/mail', next)}>{t('Sign in by email instead')}</a>
          </p>
        )}
      </div>
      {open && (
        <p class="aside">
          {rich('New here? <a>Create an account</a>', {
            a: (words) => <a href={withNext('/register', next)}>{words}</a>,
          })}
        </p>
      )}
    </Layout>
  )
}
