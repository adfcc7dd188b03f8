import { useTranslation } from '../../components/translate.tsx'

/** The account page's section that leads to the API tokens. */
export const ApiAccessSection = ({ tokens }: { readonly tokens: number }) => {
  const t = useTranslation()
  return (
    <section class="card spread" aria-labelledby="api">
      <div>
        <h2 id="api">{t('API tokens')}</h2>
        <p class="muted">
          {tokens === 0
            ? t('Let a script or a phone sign in without your password.')
            : t('You have {tokens} {tokens:token|tokens}.', { tokens })}
        </p>
      </div>
      <a class="button quiet" href="/account/tokens">
        {t('Manage API tokens')}
      </a>
    </section>
  )
}
