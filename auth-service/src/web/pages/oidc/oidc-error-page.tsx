import type { Context } from 'hono'
import { message } from '../../../platform/i18n/message.ts'
import { Layout } from '../../components/layout.tsx'
import { SupportNote } from '../../components/support-note.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'

interface OidcErrorPageProps {
  readonly c: Context
  /** The code, for the administrator of the app. */
  readonly error: string
  /** Whether the request is over, or was begun in another browser. */
  readonly isExpired: boolean
  /** Whether the app asked to sign its user out. */
  readonly isSignOut?: boolean
}

const SIGN_IN = message('Sign-in not possible')
const SIGN_OUT = message('Sign-out not possible')
const SIGN_IN_EXPIRED = message(
  'You started to sign in too long ago, or in another browser. Go back to the app, and start again there.',
)
const SIGN_OUT_EXPIRED = message(
  'This sign-out began too long ago, or is done already. Your account page shows whether you are still signed in.',
)

/** A sign-in or sign-out of an app that can't continue, and can't return to its app either. */
export const OidcErrorPage = ({ c, error, isExpired, isSignOut = false }: OidcErrorPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const title = t(isSignOut ? SIGN_OUT : SIGN_IN)
  return (
    <Layout title={title}>
      <div class="card">
        <h1>{title}</h1>
        <p>
          {isExpired
            ? t(isSignOut ? SIGN_OUT_EXPIRED : SIGN_IN_EXPIRED)
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
