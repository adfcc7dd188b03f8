import type { OidcConsent } from '../../../oidc/consents.ts'
import { SCOPES } from '../../../oidc/oidc-claims.ts'
import { PostForm } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import { SCOPE_TEXTS } from '../oidc/consent-page.tsx'

/** The apps that the user lets see data of the account, each with a way to end that. */
export const ConnectedAppsSection = ({ consents }: { readonly consents: readonly OidcConsent[] }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return consents.length === 0 ? null : (
    <section class="card" aria-labelledby="connected-apps">
      <div class="heading">
        <h2 id="connected-apps">{t('Apps with access to your data')}</h2>
        <p class="muted">
          {t('You allowed these apps to see data of your account when you signed in there.')}
        </p>
      </div>
      <ul class="rows">
        {consents.map(({ key, app, scopes, grantedAt }) => (
          <li>
            <div>
              <p>
                <strong>{app}</strong>
              </p>
              <p class="small">
                {SCOPES.filter((scope) => scopes.includes(scope))
                  .map((scope) => t(SCOPE_TEXTS[scope]))
                  .join(' · ')}
              </p>
              <p class="muted small">{rich('Allowed on {when}', { when: <Time at={grantedAt} /> })}</p>
            </div>
            <PostForm action={`/account/apps/${key}/withdraw`} inList>
              <button
                class="button quiet small"
                type="submit"
                aria-label={t('Withdraw access: {name}', { name: app })}
              >
                {t('Withdraw access')}
              </button>
            </PostForm>
          </li>
        ))}
      </ul>
    </section>
  )
}
