import type { Context } from 'hono'
import { Layout } from '../../components/layout.tsx'
import { SupportNote } from '../../components/support-note.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'

interface OidcErrorPageProps {
  readonly c: Context
  /** The code, for the administrator of the app. */
  readonly error: string
  /** Whether the authorization is over, or was begun in another browser. */
  readonly isExpired: boolean
}

/** An authorization that can't continue, and can't return to its app either. */
export const OidcErrorPage = ({ c, error, isExpired }: OidcErrorPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Sign-in not possible')}>
      <div class="card">
        <h1>{t('Sign-in not possible')}</h1>
        <p>
          {isExpired
            ? t(
                'You started to sign in too long ago, or in another browser. Go back to the app, and start again there.',
              )
            : rich(
                'The app that sent you here is not set up correctly. Please tell its administrator, with this code: {code}',
                { code: <code class="letter">{error}</code> },
              )}
        </p>
        <p>
          <a href="/account">{t('Go to your account')}</a>
        </p>
        <SupportNote c={c} />
      </div>
    </Layout>
  )
}
