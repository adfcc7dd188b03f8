import { useTranslation } from './translate.tsx'

/** A link back to the account page, below one of its pages. */
export const BackToAccount = () => {
  const t = useTranslation()
  return (
    <p class="aside">
      <a href="/account">{t('Back to your account')}</a>
    </p>
  )
}
