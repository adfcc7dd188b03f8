import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import { hasPassword } from '../../../users/unusable-password.ts'
import type { User } from '../../../users/users.ts'
import { BackToAccount } from '../../components/back-to-account.tsx'
import { refuse } from '../../components/error-page.tsx'
import { Field, FormError, PostForm, YourPassword } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import type { Problems, WithErrors } from '../../forms/form-page.ts'
import { textOf } from '../../forms/submission.ts'
import { type AccountContext, originOf } from '../../middleware/account-origin.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import type { Web } from '../../web.ts'

/** `/account/email`: changes the address, once the new one is confirmed. */
export function emailPage({ config, formPage, profile, returnUrls }: Web): Hono<AccountEnv> {
  const show = (c: AccountContext, status: ContentfulStatusCode, email: string, { errors }: Problems = {}) =>
    page(c, status, <EmailPage user={c.var.account.user} email={email} errors={errors} />)

  const onSubmit = formPage({ values: (_: AccountContext, fields) => textOf(fields, 'email'), show })

  return new Hono<AccountEnv>()
    .use('/account/email', async (c, next) => (sendsMail(config) ? next() : refuse(c, 'no_mail')))
    .get('/account/email', (c) => show(c, 200, ''))
    .post(
      '/account/email',
      onSubmit(async (c, { fields }) => {
        const errors = await profile.askForEmail(c.var.account.user, fields, originOf(c))
        if (Object.keys(errors).length > 0) return { errors }
        return { to: returnUrls.ours('/account', 'email_change_mailed'), body: { mailed: true }, status: 202 }
      }),
    )
}

interface EmailPageProps extends WithErrors {
  readonly user: User
  /** The new one, as typed. */
  readonly email: string
}

const EmailPage = ({ user, email, errors = {} }: EmailPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Change your email')} errors={errors}>
      <div class="card">
        <h1>{t('Change your email')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich(
            'Your address is {email}. It changes when you open the link that we send to the new address.',
            {
              email: <strong>{user.email}</strong>,
            },
          )}
        </p>
        <PostForm action="/account/email">
          <Field
            name="email"
            label={t('New email')}
            type="email"
            autocomplete="email"
            value={email}
            error={errors.email}
          />
          {hasPassword(user) && <YourPassword name="current_password" error={errors.current_password} />}
          <button class="button full" type="submit">
            {t('Send me a link')}
          </button>
        </PostForm>
      </div>
      <BackToAccount />
    </Layout>
  )
}
