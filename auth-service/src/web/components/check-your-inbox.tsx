import type { PropsWithChildren } from 'hono/jsx'
import { Layout } from './layout.tsx'
import { useTranslation } from './translate.tsx'

/** How long this page shows the recipient's address, in seconds. */
export const SHOWN = 600

/** The page after an email was requested; it is the same whether or not one is sent. */
export const CheckYourInbox = ({ children }: PropsWithChildren) => {
  const t = useTranslation()
  return (
    <Layout title={t('Check your inbox')}>
      <div class="card">
        <h1>{t('Check your inbox')}</h1>
        {children}
      </div>
    </Layout>
  )
}
