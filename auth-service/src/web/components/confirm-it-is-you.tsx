import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { LIFETIMES } from '../../accounts/one-time-tokens.ts'
import { sendsMail } from '../../platform/config/mail-config.ts'
import { hasPassword } from '../../users/unusable-password.ts'
import type { User } from '../../users/users.ts'
import { Field, FormError, PostForm, YourPassword } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { type CarriedForm, keepForm } from '../forms/carried-form.ts'
import type { Errors } from '../forms/form-page.ts'
import type { AccountContext } from '../middleware/account-origin.ts'
import type { Web } from '../web.ts'

/** Shows the confirmation page, which keeps a form, encrypted; for the app of this name, if one asks for it. */
export function createConfirmation({ config, formCarrier }: Web) {
  return function ask(
    c: AccountContext,
    status: ContentfulStatusCode,
    form: CarriedForm,
    errors: Errors = {},
    app: string | null = null,
  ) {
    const { user } = c.var.account
    const sealed = formCarrier.seal(user, form)
    keepForm(c, sealed)
    const content = { user, sealed, errors, path: form.path, codeSent: form.flow !== null, app }
    return page(c, status, <ConfirmPage {...content} mails={sendsMail(config)} />)
  }
}

interface ConfirmPageProps {
  readonly user: User
  /** The waiting form. */
  readonly sealed: string
  /** Its target. */
  readonly path: string
  readonly errors: Errors
  readonly codeSent: boolean
  readonly mails: boolean
  /** The app that asks for it. Default: none, but the next page. */
  readonly app?: string | null
}

export const ConfirmPage = ({
  user,
  sealed,
  path,
  errors,
  codeSent,
  mails,
  app = null,
}: ConfirmPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const byPassword = hasPassword(user)
  return (
    <Layout title={t('Confirm that it is you')} errors={errors}>
      <div class="card">
        <h1>{t('Confirm that it is you')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich(
            app !== null
              ? 'You are signed in as {email}. {app} asks you to confirm it.'
              : 'You are signed in as {email}. Your last confirmation is more than 15 minutes old, and this step needs a new one. Nothing is lost: you continue right afterwards.',
            { email: <strong>{user.email}</strong>, app: app ?? '' },
          )}
        </p>
        {byPassword || codeSent ? (
          <PostForm action={path}>
            <input type="hidden" name="sealed" value={sealed} />
            {byPassword ? (
              <YourPassword email={user.email} error={errors.password} />
            ) : (
              <Field
                name="code"
                label={t('Code')}
                autocomplete="one-time-code"
                keys="numeric"
                hint={t(
                  'The six digits from our email. They are valid for {minutes} {minutes:minute|minutes}.',
                  {
                    minutes: LIFETIMES.sign_in / 60,
                  },
                )}
                error={errors.code}
              />
            )}
            <button class="button full" type="submit">
              {t('Confirm and continue')}
            </button>
          </PostForm>
        ) : (
          <WithoutPassword {...{ sealed, path, mails }} />
        )}
      </div>
      <p class="aside">
        <a href={path.startsWith('/admin') ? '/admin' : '/account'}>{t('Cancel')}</a>
      </p>
    </Layout>
  )
}

const WithoutPassword = ({ sealed, path, mails }: Pick<ConfirmPageProps, 'sealed' | 'path' | 'mails'>) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return mails ? (
    <PostForm action={path}>
      <input type="hidden" name="sealed" value={sealed} />
      <button class="button full" type="submit" name="send_code" value="1">
        {t('Send me a code')}
      </button>
    </PostForm>
  ) : (
    <p>
      {rich('You have no password, and this service sends no email. <a>Sign out</a>, then sign in again.', {
        a: (words) => <a href="/logout">{words}</a>,
      })}
    </p>
  )
}
