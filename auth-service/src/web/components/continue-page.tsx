import type { Context } from 'hono'
import { Layout, page } from './layout.tsx'
import { Notices } from './notices.tsx'
import { useTranslation } from './translate.tsx'

/** Replaces the redirect to this URL by a page that leads there. */
export async function continuePage(c: Context, href: string, waits: boolean): Promise<void> {
  c.res.headers.delete('location')
  // Keeps the cookies of the redirect: a new response of this context has the headers of the previous one.
  c.res = await page(c, 200, <ContinuePage c={c} href={href} waits={waits} />)
}

interface ContinuePageProps {
  readonly c: Context
  readonly href: string
  /** Whether the user must click to continue after reading the page. */
  readonly waits: boolean
}

const ContinuePage = ({ c, href, waits }: ContinuePageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Continue')} refresh={waits ? undefined : href}>
      <div class="card">
        <h1>{t('Continue')}</h1>
        {waits && <Notices c={c} />}
        <a class="button full" href={href}>
          {t('Continue to {app}', { app: new URL(href, c.req.url).hostname })}
        </a>
      </div>
    </Layout>
  )
}
