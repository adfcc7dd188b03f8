import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { FieldErrors } from '../../../platform/validation/field-errors.ts'
import type { Service } from '../../../service.ts'
import { invalid, refusal, refuse } from '../../components/error-page.tsx'
import { NewPassword } from '../../components/fields.tsx'
import { Checkbox, Field, FormError, PostForm, Username } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { createForms, isOutdated, tickOf } from '../../forms/submission.ts'
import { rememberDevice } from '../../middleware/device-cookie.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { type AccountContext, originOf } from './origin.ts'

/** `/account/password`: another password, for whoever knows the one before. */
export function passwordPage(service: Service): Hono<AccountEnv> {
  const { config, profile, sessions } = service
  const forms = createForms(config)

  const show = (c: AccountContext, status: ContentfulStatusCode, keep = true, errors: FieldErrors = {}) => {
    const { current, person } = c.var.account
    const content = {
      csrf: forms.token(c, current),
      email: person.email,
      minimum: config.passwordMinLength,
      keep,
      errors,
    }
    return page(c, status, <PasswordPage {...content} />)
  }

  return new Hono<AccountEnv>()
    .get('/account/password', (c) => show(c, 200))
    .post('/account/password', async (c) => {
      const { fields, refused, json } = await forms.read(c, c.var.account.current)
      const keep = tickOf(c, fields, 'keep')
      const shown = keep !== false
      if (isOutdated(refused) && !json) return show(c, 403, shown, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)
      const { current_password, password } = fields
      const input = { current_password, password, keep }
      const errors = await profile.changePassword(c.var.account.person, input, originOf(c))
      if (Object.keys(errors).length > 0) return json ? invalid(422, errors) : show(c, 422, shown, errors)
      if (keep !== false) await rememberDevice(c, service, c.var.account.person.email)
      else {
        for (const cookie of sessions.clearCookies(c.req.header('cookie')))
          c.header('Set-Cookie', cookie, { append: true })
      }
      if (json) return c.body(null, 204)
      const landing = keep === false ? '/login?notice=password_reset' : '/account?notice=password_changed'
      return c.redirect(config.authUrl + landing, 303)
    })
}

interface PasswordPageProps {
  readonly csrf: string
  readonly email: string
  /** Fewest characters of a password. */
  readonly minimum: number
  readonly keep: boolean
  readonly errors: FieldErrors
}

const PasswordPage = ({ csrf, email, minimum, keep, errors }: PasswordPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Change your password')} errors={errors}>
      <div class="card">
        <h1>{t('Change your password')}</h1>
        <FormError words={errors.form} />
        <PostForm action="/account/password" csrf={csrf}>
          <Username email={email} />
          <Field
            name="current_password"
            label={t('Your password until now')}
            type="password"
            autocomplete="current-password"
            error={errors.current_password}
          />
          <NewPassword label={t('New password')} minimum={minimum} error={errors.password} />
          <Checkbox
            name="keep"
            label={t('Stay signed in on this device')}
            hint={t('All others are signed out.')}
            checked={keep}
          />
          <button class="button full" type="submit">
            {t('Change password')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href="/account">{t('Back to your account')}</a>
      </p>
      <p class="aside">
        <a href="/password/forgot">{t('Forgot your password?')}</a>
      </p>
    </Layout>
  )
}
