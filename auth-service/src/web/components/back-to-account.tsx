import { useTranslation } from './translate.tsx'

/** The way back, below a page of the account. */
export const BackToAccount = () => {
  const t = useTranslation()
  return (
    <p class="aside">
      <a href="/account">{t('Back to your account')}</a>
    </p>
  )
}
