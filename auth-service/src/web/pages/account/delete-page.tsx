import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { durationOf } from '../../../platform/i18n/duration.ts'
import { hasPassword } from '../../../users/unusable-password.ts'
import type { User } from '../../../users/users.ts'
import { FormError, PostForm, YourPassword } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Problems, WithErrors } from '../../forms/form-page.ts'
import { type AccountContext, originOf } from '../../middleware/account-origin.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { addCookies } from '../../middleware/set-cookies.ts'
import type { Web } from '../../web.ts'

/** `/account/delete`: asks for the password, if there is one, and schedules the deletion after the grace period. */
export function deletePage({ config, formPage, profile, returnUrls, sessions }: Web): Hono<AccountEnv> {
  const show = (c: AccountContext, status: ContentfulStatusCode, { errors }: Problems = {}) =>
    page(c, status, <DeletePage user={c.var.account.user} grace={config.deletionGrace} errors={errors} />)

  const onSubmit = formPage({
    values: (_: AccountContext) => null,
    show: (c, status, _, problems) => show(c, status, problems),
  })

  return new Hono<AccountEnv>()
    .get('/account/delete', (c) => show(c, 200))
    .post(
      '/account/delete',
      onSubmit(async (c, { fields }) => {
        const outcome = await profile.requestDeletion(c.var.account.user, fields, originOf(c))
        if (!outcome.ok) return { errors: outcome.reason }
        addCookies(c, sessions.clearCookies(c.var.device.cookies))
        return {
          to: returnUrls.ours('/login', 'deletion_requested'),
          body: { deletion_due_at: outcome.value },
        }
      }),
    )
}

interface DeletePageProps extends WithErrors {
  readonly user: User
  /** Seconds until the deletion. */
  readonly grace: number
}

const DeletePage = ({ user, grace, errors = {} }: DeletePageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Delete your account')} errors={errors}>
      <div class="card">
        <h1>{t('Delete your account?')}</h1>
        <FormError words={errors.form} />
        <p>
          {t(
            'You are signed in as {email}. You will be signed out everywhere at once. Your account is deleted permanently after {time}, and the apps are told to delete your data. To keep your account, sign in before then.',
            { email: user.email, time: durationOf(grace) },
          )}
        </p>
        <PostForm action="/account/delete">
          {hasPassword(user) && <YourPassword error={errors.password} />}
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
