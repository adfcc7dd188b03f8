import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { message } from '../../platform/i18n/message.ts'
import { hasPassword } from '../../users/unusable-password.ts'
import type { User } from '../../users/users.ts'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { FormError, PostForm, YourPassword } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/body.ts'
import type { Problems, WithErrors } from '../forms/form-page.ts'
import { textOf } from '../forms/submission.ts'
import { noStore, originAsReferrer } from '../middleware/security-headers.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import type { Web } from '../web.ts'

/**
 * `/verify-email`: the target of the emailed link. GET only asks, since malware scanners open every link; POST confirms
 * the address and signs in. In a browser that is not signed in, it asks for the password: the reader of the email may
 * not be the registered user, and must neither confirm the address nor take over the account.
 */
export function verifyEmailPage(web: Web): Hono {
  const { accounts, formPage, otherUser, returnUrls, signIn, emailVerification } = web

  const expired = (c: Context, next: ReturnUrl) =>
    expiredLink(
      c,
      message('If your address is not confirmed yet, <a>sign in</a>, and we send you a new link.'),
      withNext('/login', next),
    )

  async function show(c: Context, status: ContentfulStatusCode, link: Link, { errors }: Problems = {}) {
    const user = await emailVerification.find(link.token)
    if (!user) return expired(c, link.next)
    const { isOwner, other } = await signIn.resume(c, user)
    if (other) return otherUser(c, status, other, aboutLink(user), addressOf(link))
    return page(
      c,
      status,
      <VerifyPage {...{ ...link, user, errors }} secret={hasPassword(user) && !isOwner} />,
    )
  }

  const onSubmit = formPage({
    values: (_: Context, fields): Link => ({
      token: textOf(fields, 'token'),
      next: returnUrls.read(fields.next),
    }),
    address: (_, link) => addressOf(link),
    show,
  })

  return new Hono()
    .use('/verify-email', noStore, originAsReferrer)
    .get('/verify-email', async (c) => {
      const link = { token: tokenOf(c) ?? '', next: returnUrls.fromQuery(c) }
      c.set('returnPath', addressOf(link))
      if (!wantsJson(c)) return show(c, 200, link)
      const user = await emailVerification.find(link.token)
      return user ? c.json({ email: user.email }) : expired(c, link.next)
    })
    .post(
      '/verify-email',
      onSubmit(async (c, { fields, json, values: link }) => {
        const { token, next } = link
        const user = await emailVerification.find(token)
        if (!json && user) {
          const { isOwner, other } = await signIn.resume(c, user)
          if (other) return otherUser(c, 409, other, aboutLink(user), addressOf(link))
          if (isOwner) {
            const confirmed = await emailVerification.confirm(token, c.var.device)
            if (!confirmed) return expired(c, next)
            // Sets the cookies again, since they contain the confirmation.
            await signIn.resume(c, confirmed)
            return { to: returnUrls.landing(next, '/account', 'email_confirmed') }
          }
        }
        const outcome = await accounts.confirm(token, fields.password, c.var.device)
        if (!outcome) return expired(c, next)
        if (!outcome.ok) return { errors: outcome.errors }
        const { value, deletionCancelled } = outcome
        const notice = 'email_confirmed'
        return signIn.completeSignIn(c, value, next, { json, status: 200, notice, deletionCancelled })
      }),
    )
}

const aboutLink = ({ email }: User) => message('This link confirms the address {email}.', { email })

const addressOf = ({ token, next }: Link) => withNext('/verify-email', next, { token })

interface Link {
  readonly token: string
  readonly next: ReturnUrl
}

interface VerifyPageProps extends Link, WithErrors {
  readonly user: User
  /** Whether it asks for the password. */
  readonly secret: boolean
}

const VerifyPage = ({ token, user, next, errors = {}, secret }: VerifyPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Confirm your address')} errors={errors}>
      <div class="card">
        <h1>{t('Confirm your address')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich('Is {email} your address, and did you create an account with it?', {
            email: <strong>{user.email}</strong>,
          })}
        </p>
        {next.host && <p class="muted">{t('You will continue to {app}', { app: next.host })}</p>}
        <PostForm action="/verify-email" next={next}>
          <input type="hidden" name="token" value={token} />
          {secret && <YourPassword email={user.email} error={errors.password} />}
          <button class="button full" type="submit">
            {t('Yes, confirm it')}
          </button>
        </PostForm>
        {secret && (
          <p class="aside">
            <a href={withNext('/password/forgot', next)}>{t('Forgot your password?')}</a>
          </p>
        )}
        <p class="muted small">
          {t('If you did not create an account, close this page. Nothing will happen.')}
        </p>
      </div>
    </Layout>
  )
}
