import { MAX_LOCATION_LENGTH, SHORTENED } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { Layout, page } from './layout.tsx'
import { Notices } from './notices.tsx'
import { useTranslation } from './translate.tsx'

/**
 * Replaces a redirect that proxies might reject because its URL is too long for a header. Also replaces a redirect to a
 * URL that the app had to shorten, to tell the user.
 */
export const continuePage: MiddlewareHandler = async (c, next) => {
  await next()
  const href = c.res.headers.get('location')
  if (href === null) return
  const tells = c.req.method === 'GET' && (c.req.queries('notice') ?? []).includes(SHORTENED)
  if (href.length <= MAX_LOCATION_LENGTH && !tells) return
  c.res.headers.delete('location')
  // Keeps the cookies of the redirect: a new response of this context has the headers of the previous one.
  c.res = await page(c, 200, <ContinuePage c={c} href={href} waits={tells} />)
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
