import { Hono } from 'hono'
import type { AuditPage } from '../../../events/audit-search.ts'
import type { Locate } from '../../../platform/client/geoip.ts'
import { unixTime } from '../../../platform/clock.ts'
import type { Service } from '../../../service.ts'
import { BackToAccount } from '../../components/back-to-account.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { Pager, pageAfter } from '../../components/pager.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { eventJson } from './event-json.ts'
import { HistoryList } from './history-section.tsx'

/** `/account/history`: all stored events of an account, in pages. */
export function historyPage({ now, locate, searchAudit }: Service): Hono<AccountEnv> {
  const anything = { event: null, actor: null, address: null, from: null, until: null }

  return new Hono<AccountEnv>().get('/account/history', async (c) => {
    const after = c.req.query('after') || null
    const found = await searchAudit({ ...anything, subject: c.var.account.user.uuid, after })
    if (wantsJson(c)) {
      return c.json({ history: found.entries.map((entry) => eventJson(entry, locate)), next: found.next })
    }
    const content = { found, isFirst: after === null, now: unixTime(now), locate }
    return page(c, 200, <HistoryPage {...content} />)
  })
}

interface HistoryPageProps {
  readonly found: AuditPage
  readonly isFirst: boolean
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
}

const HistoryPage = ({ found: { entries, next }, isFirst, now, locate }: HistoryPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Account activity')} wide>
      <h1>{t('Account activity')}</h1>
      <p class="muted">{t('Newest first. Entries are deleted after one year.')}</p>
      <section class="card" aria-label={t('Account activity')}>
        {entries.length === 0 ? (
          <p>{t('No entries.')}</p>
        ) : (
          <HistoryList history={entries} now={now} locate={locate} />
        )}
      </section>
      <Pager
        start={isFirst ? null : '/account/history'}
        next={pageAfter('/account/history', next)}
        label={t('Older entries')}
      />
      <BackToAccount />
    </Layout>
  )
}
