import { message } from '../../../platform/i18n/message.ts'
import type { User } from '../../../users/users.ts'
import { PostForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'

interface NoAccessPageProps {
  readonly app: { readonly name: string }
  /** The page whose form `cancel` returns to the app; `null` if there is no way back. */
  readonly path: string | null
  readonly user: User
}

const TITLE = message('You can’t use this app')

/** Tells a user that the app is for others. */
export const NoAccessPage = ({ path, app, user }: NoAccessPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t(TITLE)}>
      <div class="card">
        <h1>{t(TITLE)}</h1>
        <p>
          {rich(
            'You are signed in as {email}, but {app} is only for certain groups. Ask your administrator for access.',
            {
              email: <strong>{user.email}</strong>,
              app: <strong>{app.name}</strong>,
            },
          )}
        </p>
        {path !== null && (
          <PostForm action={`${path}/cancel`}>
            <button class="button full" type="submit">
              {t('Back to {app}', { app: app.name })}
            </button>
          </PostForm>
        )}
      </div>
      <p class="aside">
        <a href="/account">{t('Go to your account')}</a>
      </p>
    </Layout>
  )
}
