import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { message } from '../../platform/i18n/message.ts'
import { parseEmail } from '../../platform/validation/email-address.ts'
import type { User } from '../../users/users.ts'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { NewPassword } from '../components/fields.tsx'
import { FormError, PostForm, Username } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/body.ts'
import type { Problems, WithErrors } from '../forms/form-page.ts'
import { textOf } from '../forms/submission.ts'
import { noStore, originAsReferrer } from '../middleware/security-headers.ts'
import { addCookies, setCookies } from '../middleware/set-cookies.ts'
import { noticesOfTokens } from '../sign-in/notices-of-tokens.ts'
import { type ReturnUrl, withNext, withNotice } from '../sign-in/return-url.ts'
import type { Web } from '../web.ts'

/**
 * `/password/reset`: the target of the emailed link. The user signs in with the new password as usual: the link alone
 * opens no session.
 */
export function resetPasswordPage(web: Web): Hono {
  const { formPage, knownDevices, otherUser, passwordReset, returnUrls, sessions, signIn } = web
  const { passwordMinLength: minimum } = web.config

  const expired = (c: Context, next: ReturnUrl) =>
    expiredLink(c, message('We can <a>send you a new one</a>.'), withNext('/password/forgot', next))

  async function show(c: Context, status: ContentfulStatusCode, link: Link, { errors }: Problems = {}) {
    const user = await passwordReset.find(link.token)
    if (!user) return expired(c, link.next)
    if (wantsJson(c)) return c.json({ email: user.email })
    const { other } = await signIn.resume(c, user)
    if (other) return otherUser(c, status, other, aboutLink(user), addressOf(link))
    return page(c, status, <ResetPage email={user.email} {...{ ...link, minimum, errors }} />)
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
    .use('/password/reset', noStore, originAsReferrer)
    .get('/password/reset', (c) => {
      const link = { token: tokenOf(c) ?? '', next: returnUrls.fromQuery(c) }
      c.set('returnPath', addressOf(link))
      return show(c, 200, link)
    })
    .post(
      '/password/reset',
      onSubmit(async (c, { fields, json, values: link }) => {
        const { token, next } = link
        const owner = await passwordReset.find(token)
        const here = json ? null : await sessions.renewFrom(c.var.device.cookies, c.var.device)
        if (owner && here?.ok && here.value.user.id !== owner.id) {
          addCookies(c, here.value.cookies)
          return otherUser(c, 409, here.value.user, aboutLink(owner), addressOf(link))
        }
        const outcome = await passwordReset.reset(token, fields.password, c.var.device)
        if (!outcome.ok) {
          if (outcome.errors !== 'gone') return { errors: outcome.errors }
          if (!json) await signIn.current(c)
          return expired(c, next)
        }
        // The user's session in this browser has ended. Another user's continues.
        const cookies = c.var.device.cookies
        const still = await sessions.renewFrom(cookies, c.var.device)
        addCookies(c, still.ok ? still.value.cookies : sessions.clearCookies(cookies))
        // Attackers who guess at this account must not keep its owner from signing in now.
        setCookies(c, [await knownDevices.remember(parseEmail(outcome.value.email), cookies)])
        const also = await noticesOfTokens(web.apiTokens, outcome.value)
        const to = web.config.authUrl + withNotice('/login', next, 'password_reset', ...also)
        return { to, body: { next: to } }
      }),
    )
}

interface Link {
  readonly token: string
  readonly next: ReturnUrl
}

const aboutLink = ({ email }: User) => message('This link sets a new password for {email}.', { email })

const addressOf = ({ token, next }: Link) => withNext('/password/reset', next, { token })

interface ResetPageProps extends Link, WithErrors {
  readonly email: string
  /** Minimum number of characters of a password. */
  readonly minimum: number
}

const ResetPage = ({ email, minimum, token, next, errors = {} }: ResetPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Choose a new password')} errors={errors}>
      <div class="card">
        <h1>{t('Choose a new password')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich('For {email}. You will be signed out everywhere. Then sign in with the new password.', {
            email: <strong>{email}</strong>,
          })}
        </p>
        <PostForm action="/password/reset" next={next}>
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
