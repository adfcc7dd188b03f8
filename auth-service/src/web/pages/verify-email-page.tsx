import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { message } from '../../platform/i18n/message.ts'
import type { FieldErrors } from '../../platform/validation/field-errors.ts'
import type { Service } from '../../service.ts'
import { hasPassword } from '../../users/unusable-password.ts'
import type { User } from '../../users/users.ts'
import { invalid, refusal, refuse } from '../components/error-page.tsx'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { FormError, PostForm, YourPassword } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { otherUserPage } from '../components/other-user.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/negotiation.ts'
import { createForms, isOutdated, textOf } from '../forms/submission.ts'
import { returningTo } from '../middleware/accept-language.ts'
import { noStore } from '../middleware/no-store.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { originAsReferrer } from '../middleware/security-headers.ts'
import { createSignIn } from '../sign-in/complete.ts'
import { createReturnUrls, type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import { redirectLoopPage } from './redirect-loop-page.tsx'

/**
 * `/verify-email`: where the mailed link leads. GET only asks, since programs that look for malware open every link;
 * POST confirms the address and signs in. Elsewhere than where one is signed in, it takes the password: who reads the
 * mail need not be who registered, and must neither vouch for them nor move into an account that is theirs.
 */
export function verifyEmailPage(service: Service): Hono {
  const { accounts, config, verification } = service
  const returnUrls = createReturnUrls(service)
  const forms = createForms(config)
  const otherPerson = otherUserPage({ config, forms, returnUrls })
  const signIn = createSignIn(service, returnUrls, (c, next, loop) => redirectLoopPage(c, config, next, loop))

  const dead = (c: Context, next: ReturnUrl) =>
    expiredLink(
      c,
      message('If your address is not confirmed yet, <a>sign in</a>, and we mail you another link.'),
      withNext('/login', next),
    )

  const show = (c: Context, status: ContentfulStatusCode, asked: Asked) =>
    page(c, status, <VerifyPage csrf={forms.token(c)} {...asked} />)

  /** The page, for whoever it is, or word that the link is dead. */
  async function ask(
    c: Context,
    status: ContentfulStatusCode,
    token: string,
    next: ReturnUrl,
    errors?: FieldErrors,
  ) {
    const user = await verification.find(token)
    if (!user) return dead(c, next)
    const { isOwner, other } = await signIn.resume(c, user)
    if (other) return otherPerson(c, status, other, aboutLink(user), addressOf(token, next))
    return show(c, status, { token, user, next, errors, secret: hasPassword(user) && !isOwner })
  }

  return new Hono()
    .use('/verify-email', noStore, originAsReferrer)
    .get('/verify-email', async (c) => {
      const next = returnUrls.fromQuery(c)
      const token = tokenOf(c) ?? ''
      returningTo(c, addressOf(token, next))
      if (!wantsJson(c)) return ask(c, 200, token, next)
      const user = await verification.find(token)
      return user ? c.json({ email: user.email }) : dead(c, next)
    })
    .post('/verify-email', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const next = returnUrls.read(fields.next)
      const token = textOf(fields, 'token')
      returningTo(c, addressOf(token, next))
      if (isOutdated(refused) && !json) {
        return ask(c, 403, token, next, { form: refusal(refused).detail })
      }
      if (refused) return refuse(c, refused)

      const user = await verification.find(token)
      if (!json && user) {
        const { isOwner, other } = await signIn.resume(c, user)
        if (other) return otherPerson(c, 409, other, aboutLink(user), addressOf(token, next))
        if (isOwner) {
          const confirmed = await verification.confirm(token, deviceOf(c))
          if (!confirmed) return dead(c, next)
          // Once more: the cookies tell that the address is confirmed.
          await signIn.resume(c, confirmed)
          return c.redirect(returnUrls.landing(next, '/account', 'email_confirmed'), 303)
        }
      }
      const outcome = await accounts.confirm(token, fields.password, deviceOf(c))
      if (!outcome) return dead(c, next)
      if (!outcome.ok) {
        return json ? invalid(422, outcome.errors) : ask(c, 422, token, next, outcome.errors)
      }
      const { value, deletionCancelled } = outcome
      const notice = 'email_confirmed'
      return signIn.completeSignIn(c, value, next, { json, status: 200, notice, deletionCancelled })
    })
}

const aboutLink = ({ email }: User) => message('This link is to confirm the address {email}.', { email })

const addressOf = (token: string, next: ReturnUrl) => withNext('/verify-email', next, { token })

interface Asked {
  readonly token: string
  readonly user: User
  readonly next: ReturnUrl
  readonly errors?: FieldErrors | undefined
  /** Whether it takes the password. */
  readonly secret: boolean
}

const VerifyPage = ({ csrf, token, user, next, errors = {}, secret }: Asked & { readonly csrf: string }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Confirm your address')} errors={errors}>
      <div class="card">
        <h1>{t('Confirm your address')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich('Is {email} your address, and did you make an account with it?', {
            email: <strong>{user.email}</strong>,
          })}
        </p>
        {next.host && <p class="muted">{t('You will continue to {app}', { app: next.host })}</p>}
        <PostForm action="/verify-email" csrf={csrf} next={next}>
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
        <p class="muted small">{t('If you made no account, close this page: then nothing happens.')}</p>
      </div>
    </Layout>
  )
}
