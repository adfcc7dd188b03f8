import { MAX_LOCATION_LENGTH, SHORTENED } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { Layout, page } from './layout.tsx'
import { Notices } from './notices.tsx'
import { useTranslation } from './translate.tsx'

/**
 * Puts a page in the place of a redirect that proxies may not take, since its address is too long for a header. So does a
 * redirect to an address that the app had to shorten, which would otherwise happen without a word.
 */
export const continuePage: MiddlewareHandler = async (c, next) => {
  await next()
  const href = c.res.headers.get('location')
  if (href === null) return
  const tells = c.req.method === 'GET' && (c.req.queries('notice') ?? []).includes(SHORTENED)
  if (href.length <= MAX_LOCATION_LENGTH && !tells) return
  c.res.headers.delete('location')
  // The cookies of the redirect go along: a new answer of this context keeps the headers of the one before.
  c.res = await page(c, 200, <ContinuePage c={c} href={href} waits={tells} />)
}

interface ContinuePageProps {
  readonly c: Context
  readonly href: string
  /** Whether the person goes on by a click, after reading what the page tells. */
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
