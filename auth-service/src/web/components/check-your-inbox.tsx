import type { PropsWithChildren } from 'hono/jsx'
import { Layout } from './layout.tsx'
import { useTranslation } from './translate.tsx'

/** For how long this page tells which address a mail was sent to, in seconds. */
export const SHOWN = 600

/** What people see while a mail is on its way to them; the page is the same whether there is one or not. */
export const CheckYourInbox = ({ children }: PropsWithChildren) => {
  const t = useTranslation()
  return (
    <Layout title={t('Look into your mailbox')}>
      <div class="card">
        <h1>{t('Look into your mailbox')}</h1>
        {children}
      </div>
    </Layout>
  )
}
