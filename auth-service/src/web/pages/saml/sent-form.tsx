import type { Context } from 'hono'
import type { Sending } from '../../../saml/send-message.ts'
import { Layout, page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { assetUrl } from '../../middleware/assets.ts'

/** Brings a message to an app: by a redirect, or by a page whose form sends itself. */
export const send = (c: Context, sending: Sending, app: string | null) =>
  'to' in sending ? c.redirect(sending.to, 303) : page(c, 200, <SentForm {...sending} app={app} />)

interface SentFormProps {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** Its name; `null` if it is not known here. */
  readonly app: string | null
}

/** A form for another site: it has none of our own hidden fields. */
const SentForm = ({ action, fields, app }: SentFormProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Continue')}>
      <div class="card">
        <h1>{t('Continue')}</h1>
        <form id="send" method="post" action={action}>
          {Object.entries(fields).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <button class="button full" type="submit">
            {t('Continue to {app}', { app: app ?? new URL(action).hostname })}
          </button>
        </form>
        <script type="module" src={assetUrl('submit-form.js')} />
      </div>
    </Layout>
  )
}
