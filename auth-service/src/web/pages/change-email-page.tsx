import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { EmailChange } from '../../accounts/profile.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { FormError, PostForm, YourPassword } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/body.ts'
import type { Problems, WithErrors } from '../forms/form-page.ts'
import { textOf } from '../forms/submission.ts'
import { userJson } from '../forms/user-json.ts'
import { noStore, originAsReferrer } from '../middleware/security-headers.ts'
import type { Resumed } from '../sign-in/complete.ts'
import type { Web } from '../web.ts'

/**
 * `/change-email`: the target of the link sent to a new address. It changes the address, and signs no one in. In a
 * browser that is not signed in, it asks for the password.
 */
export function changeEmailPage({ formPage, otherUser, profile, returnUrls, signIn }: Web): Hono {
  const expired = (c: Context) =>
    expiredLink(c, message('You can see and change your address in <a>your account</a>.'), '/account')

  async function show(c: Context, status: ContentfulStatusCode, token: string, { errors }: Problems = {}) {
    const change = await profile.findChange(token)
    if (!change) return expired(c)
    const { isOwner, other } = await signIn.resume(c, change.user)
    if (other) return otherUser(c, status, other, aboutLink(change), addressOf(token))
    return page(c, status, <ChangePage {...{ token, email: change.email, secret: !isOwner, errors }} />)
  }

  const onSubmit = formPage({
    values: (_: Context, fields) => textOf(fields, 'token'),
    address: (_, token) => addressOf(token),
    show,
  })

  return new Hono()
    .use('/change-email', noStore, originAsReferrer)
    .get('/change-email', async (c) => {
      const token = tokenOf(c) ?? ''
      c.set('returnPath', addressOf(token))
      if (!wantsJson(c)) return show(c, 200, token)
      const change = await profile.findChange(token)
      return change ? c.json({ email: change.email }) : expired(c)
    })
    .post(
      '/change-email',
      onSubmit(async (c, { fields, json, values: token }) => {
        const change = await profile.findChange(token)
        if (!change) return expired(c)
        const { email } = change
        // Not for programs: their error responses carry no cookies, and missing new ones later looks like token reuse.
        const { isOwner: isSignedIn, other } = json ? NOBODY : await signIn.resume(c, change.user)
        if (other) return otherUser(c, 409, other, aboutLink(change), addressOf(token))
        const by = { device: c.var.device, isSignedIn, password: fields.password }
        const outcome = await profile.confirmEmail(token, by)
        if (!outcome.ok) {
          const errors = outcome.reason
          if (errors === 'gone') return expired(c)
          if (json) return { errors }
          return errors.email
            ? page(c, 422, <TakenPage words={errors.email} />)
            : page(c, 422, <ChangePage {...{ token, email, errors }} secret />)
        }
        if (json) return c.json(userJson(outcome.value))
        // Sets the cookies again, including the device's, since they contain the new address.
        if (isSignedIn) await signIn.resume(c, outcome.value)
        return { to: returnUrls.ours(isSignedIn ? '/account' : '/login', 'email_changed') }
      }),
    )
}

const NOBODY: Resumed = { isOwner: false, other: null }

const aboutLink = ({ email }: EmailChange) =>
  message('This link changes the address of another account to {email}.', { email })

const addressOf = (token: string) => `/change-email?${new URLSearchParams({ token })}`

interface ChangePageProps extends WithErrors {
  readonly token: string
  /** The new one. */
  readonly email: string
  /** Whether it asks for the password. */
  readonly secret: boolean
}

const ChangePage = ({ token, email, secret, errors = {} }: ChangePageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Confirm your new email address')} errors={errors}>
      <div class="card">
        <h1>{t('Confirm your new email address')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich('Your account will use the address {email}, and you will sign in with it.', {
            email: <strong>{email}</strong>,
          })}
        </p>
        <PostForm action="/change-email">
          <input type="hidden" name="token" value={token} />
          {secret && <YourPassword email={email} error={errors.password} />}
          <button class="button full" type="submit">
            {t('Use this address')}
          </button>
        </PostForm>
        <p class="muted small">{t('If you did not request this, close this page. Nothing will happen.')}</p>
      </div>
    </Layout>
  )
}

const TakenPage = ({ words }: { readonly words: Message }) => {
  const t = useTranslation()
  return (
    <Layout title={t('This address is taken')}>
      <div class="card">
        <h1>{t('This address is taken')}</h1>
        <p>{t(words)}</p>
        <p>
          <a href="/account">{t('Go to your account')}</a>
        </p>
      </div>
    </Layout>
  )
}
