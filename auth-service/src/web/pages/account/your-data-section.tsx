import { useTranslation } from '../../components/translate.tsx'

/** The account page's section about the user's data. */
export const YourDataSection = () => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="data">
      <div class="heading">
        <h2 id="data">{t('Your data')}</h2>
        <p class="muted">{t('Download everything that is stored about you, or delete your account.')}</p>
      </div>
      <div class="spread">
        <a class="button quiet" href="/account/export">
          {t('Download your data')}
        </a>
        <a class="button quiet" href="/account/delete">
          {t('Delete your account…')}
        </a>
      </div>
    </section>
  )
}
