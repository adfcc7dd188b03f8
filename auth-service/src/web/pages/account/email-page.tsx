import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import type { FieldErrors } from '../../../platform/validation/field-errors.ts'
import type { Service } from '../../../service.ts'
import { hasPassword } from '../../../users/unusable-password.ts'
import type { User } from '../../../users/users.ts'
import { invalid, refusal, refuse } from '../../components/error-page.tsx'
import { Field, FormError, PostForm, YourPassword } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import { createForms, isOutdated, textOf } from '../../forms/submission.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { type AccountContext, originOf } from './origin.ts'

/** `/account/email`: another address, from when it is confirmed. */
export function emailPage({ config, profile }: Service): Hono<AccountEnv> {
  const forms = createForms(config)

  const show = (c: AccountContext, status: ContentfulStatusCode, email = '', errors: FieldErrors = {}) => {
    const { current, person } = c.var.account
    const content = { csrf: forms.token(c, current), person, email, errors }
    return page(c, status, <EmailPage {...content} />)
  }

  return new Hono<AccountEnv>()
    .use('/account/email', async (c, next) => (sendsMail(config) ? next() : refuse(c, 'no_mail')))
    .get('/account/email', (c) => show(c, 200))
    .post('/account/email', async (c) => {
      const { fields, refused, json } = await forms.read(c, c.var.account.current)
      const email = textOf(fields, 'email')
      if (isOutdated(refused) && !json) return show(c, 403, email, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)
      const errors = await profile.askForEmail(c.var.account.person, fields, originOf(c))
      if (Object.keys(errors).length > 0) return json ? invalid(422, errors) : show(c, 422, email, errors)
      return json
        ? c.json({ mailed: true }, 202)
        : c.redirect(`${config.authUrl}/account?notice=email_change_mailed`, 303)
    })
}

interface EmailPageProps {
  readonly csrf: string
  readonly person: User
  /** The new one, as typed. */
  readonly email: string
  readonly errors: FieldErrors
}

const EmailPage = ({ csrf, person, email, errors }: EmailPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Change your e-mail')} errors={errors}>
      <div class="card">
        <h1>{t('Change your e-mail')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich(
            'Now it is {email}, and it stays so until you open the link that we mail to the new address.',
            {
              email: <strong>{person.email}</strong>,
            },
          )}
        </p>
        <PostForm action="/account/email" csrf={csrf}>
          <Field
            name="email"
            label={t('New e-mail')}
            type="email"
            autocomplete="email"
            value={email}
            error={errors.email}
          />
          {hasPassword(person) && <YourPassword name="current_password" error={errors.current_password} />}
          <button class="button full" type="submit">
            {t('Mail me a link')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href="/account">{t('Back to your account')}</a>
      </p>
    </Layout>
  )
}
