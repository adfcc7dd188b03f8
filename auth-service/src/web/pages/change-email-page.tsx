import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { EmailChange } from '../../accounts/profile.ts'
import { message, type Words } from '../../platform/i18n/message.ts'
import type { FieldErrors } from '../../platform/validation/field-errors.ts'
import type { Service } from '../../service.ts'
import { invalid, refusal, refuse } from '../components/error-page.tsx'
import { expiredLink, tokenOf } from '../components/expired-link.tsx'
import { FormError, PostForm, YourPassword } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { otherUserPage } from '../components/other-user.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/negotiation.ts'
import { createForms, isOutdated, textOf } from '../forms/submission.ts'
import { userJson } from '../forms/user-json.ts'
import { returningTo } from '../middleware/accept-language.ts'
import { noStore } from '../middleware/no-store.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { originAsReferrer } from '../middleware/security-headers.ts'
import { createSignIn, type Resumed } from '../sign-in/complete.ts'
import { createReturnUrls, withNotice } from '../sign-in/return-url.ts'
import { redirectLoopPage } from './redirect-loop-page.tsx'

/**
 * `/change-email`: where the link leads that was mailed to a new address. It changes the address, and signs nobody in.
 * Elsewhere than where one is signed in, it takes the password.
 */
export function changeEmailPage(service: Service): Hono {
  const { config, profile } = service
  const returnUrls = createReturnUrls(service)
  const forms = createForms(config)
  const otherPerson = otherUserPage({ config, forms, returnUrls })
  const signIn = createSignIn(service, returnUrls, (c, next, loop) => redirectLoopPage(c, config, next, loop))

  const dead = (c: Context) =>
    expiredLink(
      c,
      message('See <a>your account</a> for the address that it has, and change it from there.'),
      '/account',
    )

  /** The page, for whoever it is, or word that the link is dead. */
  async function ask(c: Context, status: ContentfulStatusCode, token: string, errors?: FieldErrors) {
    const change = await profile.findChange(token)
    if (!change) return dead(c)
    const { isOwner, other } = await signIn.resume(c, change.user)
    if (other) return otherPerson(c, status, other, aboutLink(change), addressOf(token))
    const asked = { csrf: forms.token(c), token, email: change.email, secret: !isOwner, errors }
    return page(c, status, <ChangePage {...asked} />)
  }

  return new Hono()
    .use('/change-email', noStore, originAsReferrer)
    .get('/change-email', async (c) => {
      const token = tokenOf(c) ?? ''
      returningTo(c, addressOf(token))
      if (!wantsJson(c)) return ask(c, 200, token)
      const change = await profile.findChange(token)
      return change ? c.json({ email: change.email }) : dead(c)
    })
    .post('/change-email', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const token = textOf(fields, 'token')
      returningTo(c, addressOf(token))
      if (isOutdated(refused) && !json) return ask(c, 403, token, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)

      const change = await profile.findChange(token)
      if (!change) return dead(c)
      // Not for programs: what refuses them carries no cookies, and to lose new ones looks like a theft later.
      const { isOwner, other } = json ? NOBODY : await signIn.resume(c, change.user)
      if (other) return otherPerson(c, 409, other, aboutLink(change), addressOf(token))
      const isSignedIn = isOwner
      const by = { device: deviceOf(c), isSignedIn, password: fields.password }
      const outcome = await profile.confirmEmail(token, by)
      if (!outcome.ok) {
        const errors = outcome.reason
        if (errors === 'gone') return dead(c)
        if (json) return invalid(422, errors)
        return errors.email
          ? page(c, 422, <TakenPage words={errors.email} />)
          : page(
              c,
              422,
              <ChangePage csrf={forms.token(c)} token={token} email={change.email} secret errors={errors} />,
            )
      }
      if (json) return c.json(userJson(outcome.value))
      // Once more: the cookies, and what the device is known by, tell the new address.
      if (isSignedIn) await signIn.resume(c, outcome.value)
      const landing = isSignedIn ? '/account' : '/login'
      return c.redirect(
        new URL(withNotice(landing, returnUrls.read(''), 'email_changed'), config.authUrl).href,
        303,
      )
    })
}

const NOBODY: Resumed = { isOwner: false, other: null }

const aboutLink = ({ email }: EmailChange) =>
  message('This link is for another account, whose address changes to {email}.', { email })

const addressOf = (token: string) => `/change-email?${new URLSearchParams({ token })}`

interface Asked {
  readonly csrf: string
  readonly token: string
  /** The new one. */
  readonly email: string
  /** Whether it takes the password. */
  readonly secret: boolean
  readonly errors?: FieldErrors | undefined
}

const ChangePage = ({ csrf, token, email, secret, errors = {} }: Asked) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Confirm your new e-mail address')} errors={errors}>
      <div class="card">
        <h1>{t('Confirm your new e-mail address')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich(
            'From now on, your account will have the address {email}, and you will sign in with that one.',
            { email: <strong>{email}</strong> },
          )}
        </p>
        <PostForm action="/change-email" csrf={csrf}>
          <input type="hidden" name="token" value={token} />
          {secret && <YourPassword email={email} error={errors.password} />}
          <button class="button full" type="submit">
            {t('Use this address')}
          </button>
        </PostForm>
        <p class="muted small">{t('If you did not ask for this, close this page: then nothing happens.')}</p>
      </div>
    </Layout>
  )
}

const TakenPage = ({ words }: { readonly words: Words }) => {
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
