import type { Interaction } from '../../../oidc/interactions.ts'
import type { Scope } from '../../../oidc/oidc-claims.ts'
import { type Message, message } from '../../../platform/i18n/message.ts'
import type { User } from '../../../users/users.ts'
import { FormError, PostForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'

/** What an app sees with each scope. */
export const SCOPE_TEXTS: Readonly<Record<Scope, string>> = {
  openid: message('Who you are: the identifier of your account'),
  profile: message('Your name and your language'),
  email: message('Your email address'),
  groups: message('Your groups, and whether you are staff'),
}

interface ConsentPageProps extends Pick<Interaction, 'app' | 'scopes' | 'redirectUri'> {
  readonly path: string
  readonly user: User
  readonly error: Message | undefined
}

/**
 * Asks a user whether an app may see what it asks for. An app that no administrator registered is shown by its host: what
 * it says about itself may be made up.
 */
export const ConsentPage = ({ path, app, scopes, redirectUri, user, error }: ConsentPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const { host: redirectHost = '', protocol } = URL.parse(redirectUri) ?? {}
  const isKnown = app.registered !== null
  return (
    <Layout title={t('Continue to {app}?', { app: app.name })}>
      <div class="card">
        <h1>{t('Continue to {app}?', { app: app.name })}</h1>
        <FormError words={error} />
        {!isKnown && (
          <div class="notice">
            <p>
              {rich(
                '{host} is not registered here. Anyone can make such an app. Allow it only if you started this yourself, and know this address.',
                {
                  host: <strong>{app.name}</strong>,
                },
              )}
            </p>
            {protocol === 'http:' && (
              <p>
                {t('You continue to a program on this device. Any program here can claim to be this app.')}
              </p>
            )}
          </div>
        )}
        <p>
          {rich('You are signed in as {email}. {app} wants to see:', {
            email: <strong>{user.email}</strong>,
            app: <strong>{app.name}</strong>,
          })}
        </p>
        <ul>
          {scopes.map((scope) => (
            <li>{t(SCOPE_TEXTS[scope])}</li>
          ))}
        </ul>
        <p class="muted small">
          {redirectHost !== '' && `${t('You continue to {host}.', { host: redirectHost })} `}
          {!isKnown && `${t('Its access ends with your session.')} `}
          {t('You can withdraw this on your account page at any time.')}
        </p>
        <PostForm action={`${path}/allow`}>
          <div class="spread actions">
            <button class="button" type="submit">
              {t('Allow')}
            </button>
            <button class="button quiet" type="submit" formaction={`${path}/cancel`}>
              {t('Cancel')}
            </button>
          </div>
        </PostForm>
      </div>
    </Layout>
  )
}
