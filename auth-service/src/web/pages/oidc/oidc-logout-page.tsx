import { raw } from 'hono/html'
import { Layout } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'

/** The id that oidc-provider gives its form. */
const FORM = 'op.logoutForm'

interface OidcLogoutPageProps {
  /** The form of oidc-provider, with its own protection, and without buttons. */
  readonly form: string
  /** The app that asks; `null` if it is unknown. */
  readonly app: string | null
}

/** Asks whether to sign out of everything, or only of the app that asks. */
export const OidcLogoutPage = ({ form, app }: OidcLogoutPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Sign out')}>
      <div class="card">
        <h1>{t('Sign out?')}</h1>
        {app !== null && <p>{t('You signed out of {app}.', { app })}</p>}
        <p>{t('You will be signed out of all apps on this device.')}</p>
        {raw(form)}
        <button class="button full" type="submit" form={FORM} name="logout" value="yes">
          {t('Sign out')}
        </button>
      </div>
      <p class="aside">
        <button class="button quiet" type="submit" form={FORM}>
          {t('Stay signed in')}
        </button>
      </p>
    </Layout>
  )
}
