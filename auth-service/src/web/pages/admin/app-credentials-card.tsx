import type { AppSecret } from '../../../apps/app-credentials.ts'
import type { App } from '../../../apps/apps.ts'
import { PostForm } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'

interface AppCredentialsCardProps {
  readonly app: App
  readonly secrets: readonly AppSecret[]
  /** The time of the request in seconds. */
  readonly now: number
}

/** As in a file with the environment of an app. */
const setting = (name: string, value: string): string => `${name}=${value}`

/** The credentials of an app, without the values of its secrets. */
export const AppCredentialsCard = ({ app, secrets, now }: AppCredentialsCardProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const action = `/admin/apps/${app.id}/secrets`
  return (
    <div class="stack">
      <h3>{t('Credentials')}</h3>
      {app.clientId === null ? (
        <p class="muted small">
          {t('With credentials the app can accept API tokens and publish its permissions.')}
        </p>
      ) : (
        <p class="small">
          <code class="letter">{setting('AUTH_CLIENT_ID', app.clientId)}</code>
        </p>
      )}
      {secrets.length > 0 && (
        <ul class="rows">
          {secrets.map(({ id, start, createdAt, expiresAt, lastUsedAt }) => (
            <li>
              <div>
                <p>
                  <code>{start}…</code>
                </p>
                <p class="muted small">
                  {rich(expiresAt === null ? 'Created on {when}' : 'Created on {when}, works until {until}', {
                    when: <Time at={createdAt} />,
                    until: expiresAt === null ? '' : <Time at={expiresAt} />,
                  })}
                </p>
                <p class="muted small">
                  {lastUsedAt === null
                    ? t('Never used')
                    : rich('Last used {when}', { when: <Time at={lastUsedAt} now={now} /> })}
                </p>
              </div>
              <PostForm action={`${action}/${id}/revoke`}>
                <button
                  class="button quiet small"
                  type="submit"
                  aria-label={t('Revoke {name}', { name: `${start}…` })}
                >
                  {t('Revoke')}
                </button>
              </PostForm>
            </li>
          ))}
        </ul>
      )}
      {secrets.length < 2 ? (
        <PostForm action={action}>
          <button class="button quiet" type="submit">
            {t(secrets.length === 0 ? 'Create credentials' : 'New secret')}
          </button>
          {secrets.length === 1 && <p class="hint">{t('The current secret works for seven more days.')}</p>}
        </PostForm>
      ) : (
        <p class="hint">{t('The app has two secrets. Revoke the older one before you create another.')}</p>
      )}
    </div>
  )
}

/** New credentials, which are shown once. */
export const NewCredentials = ({ id, secret }: { readonly id: string; readonly secret: string }) => {
  const t = useTranslation()
  return (
    <section class="notice stack" aria-label={t('New credentials')}>
      <p role="status">{t('Set these in the environment of the app now. You can’t see the secret again.')}</p>
      <p>
        <code class="letter">{setting('AUTH_CLIENT_ID', id)}</code>
        <br />
        <code class="letter">{setting('AUTH_CLIENT_SECRET', secret)}</code>
      </p>
    </section>
  )
}
