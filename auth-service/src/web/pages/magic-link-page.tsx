import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { VerifiedUser } from '../../accounts/first-verification.ts'
import { magicCodeInput } from '../../accounts/link-input.ts'
import { isOfFlow, LIFETIMES } from '../../accounts/one-time-tokens.ts'
import { message } from '../../platform/i18n/message.ts'
import { readInput } from '../../platform/validation/input.ts'
import type { User } from '../../users/users.ts'
import { EmailRequest } from '../components/email-request.tsx'
import { invalid } from '../components/error-page.tsx'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { KeepSignedIn } from '../components/fields.tsx'
import { Field, FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/body.ts'
import type { Problems, Sent, WithErrors } from '../forms/form-page.ts'
import { type Submission, textOf, tickOf } from '../forms/submission.ts'
import { noStore, originAsReferrer } from '../middleware/security-headers.ts'
import { createMagicLinkCookie } from '../sign-in/magic-link-cookie.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import type { Web } from '../web.ts'

const WRONG = message('That code is wrong or expired. After five wrong codes, ask for a new one.')

/**
 * `/login/mail`: sign-in with an emailed code, which is valid only in this browser, or with the link beside it, which
 * is valid anywhere after a click on a button.
 */
export function magicLinkPage(web: Web): Hono {
  const { accounts, config, formPage, magicLinks, otherUser, returnUrls, signIn } = web
  const app = new Hono()
  if (config.signInByMail === 'off') return app
  const flows = createMagicLinkCookie(config)

  const showRequest = (c: Context, status: ContentfulStatusCode, filled: Filled, { errors }: Problems = {}) =>
    page(c, status, <RequestPage {...filled} errors={errors} />)

  const showCode = (c: Context, status: ContentfulStatusCode, form: Form, { errors }: Problems = {}) =>
    page(c, status, <CodePage {...form} errors={errors} />)

  async function showLink(c: Context, status: ContentfulStatusCode, link: Link, { errors }: Problems = {}) {
    const user = await magicLinks.find(link.token)
    if (!user) return expired(c, link.next)
    if (wantsJson(c)) return c.json({ email: user.email })
    const { other } = await signIn.resume(c, user)
    if (other) return otherUser(c, status, other, aboutLink(user), addressOf(link))
    const here = isOfFlow(link.token, flows.of(c))
    return page(c, status, <LinkPage {...link} {...{ user, here, errors }} />)
  }

  const expired = (c: Context, next: ReturnUrl) =>
    expiredLink(c, message('We can <a>send you a new one</a>.'), withNext('/login/mail', next))

  /** The form's return URL and choice of persistence. */
  const formOf = (c: Context, fields: Submission['fields']): Form => ({
    next: returnUrls.fromForm(c, fields),
    remember: (tickOf(c, fields, 'remember') ?? true) === true,
  })

  async function finish(
    c: Context,
    verified: VerifiedUser,
    by: 'link' | 'code',
    { json, values }: Sent<Form>,
  ) {
    const { next, remember } = values
    const { user, passwordInvalidated } = verified
    const outcome = await accounts.completeSignIn(user, c.var.device, remember, by)
    if (!outcome.ok) {
      const { errors } = outcome
      return json
        ? invalid('invalid_fields', errors)
        : showRequest(c, 422, { next, email: user.email }, { errors })
    }
    flows.forget(c)
    const { value, deletionCancelled } = outcome
    return signIn.completeSignIn(c, value, next, {
      json,
      status: 200,
      deletionCancelled,
      passwordInvalidated,
    })
  }

  const onRequest = formPage({
    values: (c: Context, fields): Filled => ({
      next: returnUrls.fromForm(c, fields),
      email: textOf(fields, 'email'),
    }),
    address: (_, { next }) => withNext('/login/mail', next),
    show: showRequest,
  })
  const onCode = formPage({
    values: formOf,
    address: (_, { next }) => withNext('/login/mail/code', next),
    show: showCode,
  })
  const onLink = formPage({
    values: (c: Context, fields): Link => ({ ...formOf(c, fields), token: textOf(fields, 'token') }),
    address: (_, link) => addressOf(link),
    show: showLink,
  })

  return app
    .use('/login/mail/*', noStore)
    .use('/login/mail/link', originAsReferrer)
    .get('/login/mail', async (c) => {
      const next = returnUrls.fromQuery(c)
      const passing = await signIn.passThrough(c, next)
      if (passing && 'to' in passing) return passing.to
      return showRequest(c, 200, { next, email: passing?.again.email ?? '' })
    })
    .post(
      '/login/mail',
      onRequest(async (c, { fields, values: { next } }) => {
        const asked = await magicLinks.ask(fields.email, c.var.device, next.href)
        if ('errors' in asked) return { errors: asked.errors }
        flows.remember(c, asked.flow)
        return { to: withNext('/login/mail/code', next), body: { mailed: true }, status: 202 }
      }),
    )
    .get('/login/mail/code', (c) =>
      showCode(c, 200, { next: returnUrls.fromQuery(c), remember: true, email: flows.of(c)?.email }),
    )
    .post(
      '/login/mail/code',
      onCode(async (c, sent) => {
        const { remember } = sent.values
        const read = readInput(magicCodeInput, { code: sent.fields.code, remember })
        if (!read.ok) return { errors: read.errors }
        const flow = flows.of(c)
        const verified = flow && (await magicLinks.byCode(flow, read.value.code, c.var.device))
        return verified ? finish(c, verified, 'code', sent) : { errors: { code: WRONG } }
      }),
    )
    .get('/login/mail/link', (c) => {
      const link = { token: tokenOf(c) ?? '', next: returnUrls.fromQuery(c), remember: true }
      c.set('returnPath', addressOf(link))
      return showLink(c, 200, link)
    })
    .post(
      '/login/mail/link',
      onLink(async (c, sent) => {
        const { json, values: link } = sent
        const owner = json ? null : await magicLinks.find(link.token)
        const other = owner && (await signIn.resume(c, owner)).other
        if (owner && other) return otherUser(c, 409, other, aboutLink(owner), addressOf(link))
        const verified = await magicLinks.byLink(link.token, c.var.device)
        return verified ? finish(c, verified, 'link', sent) : expired(c, link.next)
      }),
    )
}

const aboutLink = ({ email }: User) => message('This link signs in {email}.', { email })

const addressOf = ({ token, next }: Link) => withNext('/login/mail/link', next, { token })

interface Filled {
  readonly next: ReturnUrl
  readonly email: string
}

interface Form {
  readonly next: ReturnUrl
  readonly remember: boolean
  /** As typed. */
  readonly email?: string | undefined
}

interface Link extends Form {
  readonly token: string
}

const RequestPage = ({ next, email, errors }: Filled & WithErrors) => {
  const t = useTranslation()
  return (
    <EmailRequest
      {...{ next, email, errors }}
      action="/login/mail"
      title={t('Sign in by email')}
      heading={next.host ? t('Sign in by email to continue to {app}', { app: next.host }) : undefined}
      explanation={t('We send you a code by email. You don’t need a password.')}
      button={t('Send me a code')}
      back={t('Sign in with a password')}
    />
  )
}

const CodePage = ({ next, remember, email, errors = {} }: Form & WithErrors) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Enter the code')} errors={errors}>
      <div class="card">
        <h1>{t('Enter the code')}</h1>
        <FormError words={errors.form} />
        {email && (
          <p>
            {rich('If {email} has an account, we have sent a code there.', {
              email: <strong>{email}</strong>,
            })}
          </p>
        )}
        <PostForm action="/login/mail/code" next={next}>
          <Field
            name="code"
            label={t('Code')}
            autocomplete="one-time-code"
            keys="numeric"
            hint={t('Six digits, valid for {minutes} {minutes:minute|minutes} in this browser.', {
              minutes: LIFETIMES.sign_in / 60,
            })}
            error={errors.code}
          />
          <KeepSignedIn checked={remember} />
          <button class="button full" type="submit">
            {t('Sign in')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        {rich('No email? <a>Send a new one</a>', {
          a: (words) => <a href={withNext('/login/mail', next)}>{words}</a>,
        })}
      </p>
    </Layout>
  )
}

interface LinkPageProps extends Link, WithErrors {
  readonly user: User
  /** Whether this browser requested it. */
  readonly here: boolean
}

const LinkPage = ({ next, remember, errors = {}, token, user, here }: LinkPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Sign in by email')}>
      <div class="card">
        <h1>{next.host ? t('Sign in to continue to {app}', { app: next.host }) : t('Sign in')}</h1>
        <FormError words={errors.form} />
        <p>{rich('You sign in as {email}.', { email: <strong>{user.email}</strong> })}</p>
        {!here && (
          <p class="notice">
            {t(
              'This sign-in was requested in another browser. Continue only if you requested it and this device is yours.',
            )}
          </p>
        )}
        <PostForm action="/login/mail/link" next={next}>
          <input type="hidden" name="token" value={token} />
          <KeepSignedIn checked={remember} />
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
