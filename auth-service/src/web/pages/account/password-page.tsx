import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { parseEmail } from '../../../platform/validation/email-address.ts'
import { BackToAccount } from '../../components/back-to-account.tsx'
import { NewPassword } from '../../components/fields.tsx'
import { Checkbox, Field, FormError, PostForm, Username } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Problems, WithErrors } from '../../forms/form-page.ts'
import { tickOf } from '../../forms/submission.ts'
import { type AccountContext, originOf } from '../../middleware/account-origin.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { addCookies, setCookies } from '../../middleware/set-cookies.ts'
import { noticesOfTokens } from '../../sign-in/notices-of-tokens.ts'
import type { Web } from '../../web.ts'

/** `/account/password`: changes the password with the current one. */
export function passwordPage(web: Web): Hono<AccountEnv> {
  const { apiTokens, config, formPage, knownDevices, profile, returnUrls, sessions } = web

  const show = (
    c: AccountContext,
    status: ContentfulStatusCode,
    keep: boolean,
    { errors }: Problems = {},
  ) => {
    const { email } = c.var.account.user
    return page(c, status, <PasswordPage {...{ email, keep, errors }} minimum={config.passwordMinLength} />)
  }

  const onSubmit = formPage({
    values: (c: AccountContext, fields) => tickOf(c, fields, 'keep') !== false,
    show,
  })

  return new Hono<AccountEnv>()
    .get('/account/password', (c) => show(c, 200, true))
    .post(
      '/account/password',
      onSubmit(async (c, { fields, values: isKept }) => {
        const { user } = c.var.account
        const { current_password, password } = fields
        const input = { current_password, password, keep: tickOf(c, fields, 'keep') }
        const errors = await profile.changePassword(user, input, originOf(c))
        if (Object.keys(errors).length > 0) return { errors }
        const cookies = c.var.device.cookies
        if (isKept) setCookies(c, [await knownDevices.remember(parseEmail(user.email), cookies)])
        else addCookies(c, sessions.clearCookies(cookies))
        const also = await noticesOfTokens(apiTokens, user)
        return {
          to: isKept
            ? returnUrls.ours('/account', 'password_changed', ...also)
            : returnUrls.ours('/login', 'password_reset', ...also),
        }
      }),
    )
}

interface PasswordPageProps extends WithErrors {
  readonly email: string
  /** Minimum number of characters of a password. */
  readonly minimum: number
  readonly keep: boolean
}

const PasswordPage = ({ email, minimum, keep, errors = {} }: PasswordPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Change your password')} errors={errors}>
      <div class="card">
        <h1>{t('Change your password')}</h1>
        <FormError words={errors.form} />
        <PostForm action="/account/password">
          <Username email={email} />
          <Field
            name="current_password"
            label={t('Current password')}
            type="password"
            autocomplete="current-password"
            error={errors.current_password}
          />
          <NewPassword label={t('New password')} minimum={minimum} error={errors.password} />
          <Checkbox
            name="keep"
            label={t('Stay signed in on this device')}
            hint={t('All other devices will be signed out.')}
            checked={keep}
          />
          <button class="button full" type="submit">
            {t('Change password')}
          </button>
        </PostForm>
      </div>
      <BackToAccount />
      <p class="aside">
        <a href="/password/forgot">{t('Forgot your password?')}</a>
      </p>
    </Layout>
  )
}
