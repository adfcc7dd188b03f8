import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { amountOf } from '../../../platform/i18n/duration.ts'
import type { FieldErrors } from '../../../platform/validation/field-errors.ts'
import type { Service } from '../../../service.ts'
import { hasPassword } from '../../../users/unusable-password.ts'
import type { User } from '../../../users/users.ts'
import { invalid, refusal, refuse } from '../../components/error-page.tsx'
import { FormError, PostForm, YourPassword } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { createForms, isOutdated } from '../../forms/submission.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { createReturnUrls } from '../../sign-in/return-url.ts'
import { type AccountContext, originOf } from './origin.ts'

/** `/account/delete`: asks for the password, where there is one, and has the account deleted once the grace period is over. */
export function deletePage(service: Service): Hono<AccountEnv> {
  const { config, profile, sessions } = service
  const returnUrls = createReturnUrls(service)
  const forms = createForms(config)

  function show(c: AccountContext, status: ContentfulStatusCode, errors: FieldErrors = {}) {
    const { person, current } = c.var.account
    const csrf = forms.token(c, current)
    const content = { csrf, person, grace: config.deletionGrace, errors }
    return page(c, status, <DeletePage {...content} />)
  }

  return new Hono<AccountEnv>()
    .get('/account/delete', (c) => show(c, 200))
    .post('/account/delete', async (c) => {
      const { person, current } = c.var.account
      const { fields, refused, json } = await forms.read(c, current)
      if (isOutdated(refused) && !json) return show(c, 403, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)

      const outcome = await profile.requestDeletion(person, fields, originOf(c))
      if (!outcome.ok) return json ? invalid(422, outcome.reason) : show(c, 422, outcome.reason)

      for (const cookie of sessions.clearCookies(c.req.header('cookie')))
        c.header('Set-Cookie', cookie, { append: true })
      if (json) return c.json({ deletion_due_at: outcome.value })
      return c.redirect(returnUrls.landing(returnUrls.read(''), '/login', 'deletion_requested'), 303)
    })
}

interface DeletePageProps {
  readonly csrf: string
  readonly person: User
  /** Seconds until it is gone. */
  readonly grace: number
  readonly errors: FieldErrors
}

const DeletePage = ({ csrf, person, grace, errors }: DeletePageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Delete your account')} errors={errors}>
      <div class="card">
        <h1>{t('Delete your account?')}</h1>
        <FormError words={errors.form} />
        <p>
          {t(
            'You, {email}, will be signed out everywhere at once. After {time} your account is deleted for good, and every app here is told to forget you. Sign in before then, and nothing is deleted.',
            { email: person.email, time: amountOf(grace) },
          )}
        </p>
        <PostForm action="/account/delete" csrf={csrf}>
          {hasPassword(person) && <YourPassword error={errors.password} />}
          <button class="button danger full" type="submit">
            {t('Delete my account')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href="/account">{t('Keep my account')}</a>
      </p>
    </Layout>
  )
}
