import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { message } from '../../platform/i18n/message.ts'
import type { FieldErrors } from '../../platform/validation/field-errors.ts'
import type { Service } from '../../service.ts'
import type { User } from '../../users/users.ts'
import { invalid, refusal, refuse } from '../components/error-page.tsx'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { NewPassword } from '../components/fields.tsx'
import { FormError, PostForm, Username } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { otherUserPage } from '../components/other-user.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/negotiation.ts'
import { createForms, isOutdated, textOf } from '../forms/submission.ts'
import { returningTo } from '../middleware/accept-language.ts'
import { rememberDevice } from '../middleware/device-cookie.ts'
import { noStore } from '../middleware/no-store.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { originAsReferrer } from '../middleware/security-headers.ts'
import { createSignIn } from '../sign-in/complete.ts'
import { createReturnUrls, type ReturnUrl, withNext, withNotice } from '../sign-in/return-url.ts'
import { redirectLoopPage } from './redirect-loop-page.tsx'

/**
 * `/password/reset`: where the mailed link leads. Whoever chose a new password signs in with it, as always: the link
 * alone opens no session.
 */
export function resetPasswordPage(service: Service): Hono {
  const { config, recovery, sessions } = service
  const returnUrls = createReturnUrls(service)
  const forms = createForms(config)
  const otherPerson = otherUserPage({ config, forms, returnUrls })
  const signIn = createSignIn(service, returnUrls, (c, next, loop) => redirectLoopPage(c, config, next, loop))

  const dead = (c: Context, next: ReturnUrl) =>
    expiredLink(c, message('We can <a>mail you another one</a>.'), withNext('/password/forgot', next))

  async function show(c: Context, status: ContentfulStatusCode, asked: Asked) {
    const user = await recovery.find(asked.token)
    if (!user) return dead(c, asked.next)
    if (wantsJson(c)) return c.json({ email: user.email })
    const { other } = await signIn.resume(c, user)
    if (other) return otherPerson(c, status, other, aboutLink(user), addressOf(asked))
    return page(
      c,
      status,
      <ResetPage csrf={forms.token(c)} email={user.email} minimum={config.passwordMinLength} {...asked} />,
    )
  }

  return new Hono()
    .use('/password/reset', noStore, originAsReferrer)
    .get('/password/reset', (c) => {
      const asked = { token: tokenOf(c) ?? '', next: returnUrls.fromQuery(c) }
      returningTo(c, addressOf(asked))
      return show(c, 200, asked)
    })
    .post('/password/reset', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const next = returnUrls.read(fields.next)
      const token = textOf(fields, 'token')
      returningTo(c, addressOf({ token, next }))
      if (isOutdated(refused) && !json) {
        return show(c, 403, { token, next, errors: { form: refusal(refused).detail } })
      }
      if (refused) return refuse(c, refused)

      const owner = await recovery.find(token)
      const here = json ? null : await sessions.renewFrom(c.req.header('cookie'), deviceOf(c))
      if (owner && here?.ok && here.value.user.id !== owner.id) {
        setCookies(c, here.value.cookies)
        return otherPerson(c, 409, here.value.user, aboutLink(owner), addressOf({ token, next }))
      }
      const outcome = await recovery.reset(token, fields.password, deviceOf(c))
      if (!outcome.ok) {
        const { errors } = outcome
        if (errors === 'gone') {
          if (!json) await signIn.current(c)
          return dead(c, next)
        }
        return json ? invalid(422, errors) : show(c, 422, { token, next, errors })
      }
      // The session that the person may have had here is over. That of somebody else goes on.
      const still = await sessions.renewFrom(c.req.header('cookie'), deviceOf(c))
      setCookies(c, still.ok ? still.value.cookies : sessions.clearCookies(c.req.header('cookie')))
      // Whoever guesses at this account meanwhile shall not keep its owner from signing in now.
      await rememberDevice(c, service, outcome.value.email)
      const landing = new URL(withNotice('/login', next, 'password_reset'), config.authUrl).href
      return json ? c.json({ next: landing }) : c.redirect(landing, 303)
    })
}

interface Asked {
  readonly token: string
  readonly next: ReturnUrl
  readonly errors?: FieldErrors
}

const aboutLink = ({ email }: User) =>
  message('This link is to choose a new password for {email}.', { email })

function setCookies(c: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
}

const addressOf = ({ token, next }: Asked) => withNext('/password/reset', next, { token })

interface ResetPageProps extends Asked {
  readonly csrf: string
  readonly email: string
  /** Fewest characters of a password. */
  readonly minimum: number
}

const ResetPage = ({ csrf, email, minimum, token, next, errors = {} }: ResetPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Choose a new password')} errors={errors}>
      <div class="card">
        <h1>{t('Choose a new password')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich('For {email}. You will be signed out everywhere, and sign in with the new one.', {
            email: <strong>{email}</strong>,
          })}
        </p>
        <PostForm action="/password/reset" csrf={csrf} next={next}>
          <input type="hidden" name="token" value={token} />
          <Username email={email} />
          <NewPassword label={t('New password')} minimum={minimum} error={errors.password} />
          <button class="button full" type="submit">
            {t('Set this password')}
          </button>
        </PostForm>
      </div>
    </Layout>
  )
}
