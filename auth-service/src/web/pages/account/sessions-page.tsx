import { Hono } from 'hono'
import type { RegisteredApp } from '../../../apps/apps.ts'
import type { Locate } from '../../../platform/client/geoip.ts'
import { unixTime } from '../../../platform/clock.ts'
import type { PageOf } from '../../../platform/database/pagination.ts'
import type { Service } from '../../../service.ts'
import type { Session } from '../../../tokens/sessions/sessions.ts'
import { BackToAccount } from '../../components/back-to-account.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { Pager, pageAfter } from '../../components/pager.tsx'
import { type SessionName, sessionNames } from '../../components/session-name.ts'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import { sessionJson } from '../../forms/session-json.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { SessionRows } from './sessions-section.tsx'

/** One of the user's own sessions as JSON. */
export const ownSessionJson = (
  session: Session,
  current: string,
  apps: readonly RegisteredApp[],
  locate: Locate,
) => ({ ...sessionJson(session, apps, locate), current: session.id === current })

/** `/account/sessions`: the user's other devices, in pages. */
export function sessionsPage({ apps, now, locate, sessions }: Service): Hono<AccountEnv> {
  return new Hono<AccountEnv>().get('/account/sessions', async (c) => {
    const { user, current } = c.var.account
    const after = c.req.query('after') || null
    const found = await sessions.page(user.id, { after, but: current })
    if (wantsJson(c)) {
      const rows = found.rows.map((session) => ownSessionJson(session, current, apps.list(), locate))
      return c.json({ sessions: rows, next: found.next })
    }
    const content = { found, current, now: unixTime(now), locate, nameOf: sessionNames(apps.list()) }
    return page(c, 200, <SessionsPage {...content} />)
  })
}

interface SessionsPageProps {
  readonly found: PageOf<Session>
  readonly current: string
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
  readonly nameOf: SessionName
}

const SessionsPage = ({ found: { rows, next }, ...props }: SessionsPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Where you are signed in')} wide>
      <h1>{t('Where you are signed in')}</h1>
      <section class="card" aria-label={t('Where you are signed in')}>
        {rows.length === 0 ? <p>{t('No entries.')}</p> : <SessionRows sessions={rows} {...props} />}
      </section>
      {next !== null && (
        <Pager start={null} next={pageAfter('/account/sessions', next)} label={t('More devices')} />
      )}
      <BackToAccount />
    </Layout>
  )
}
