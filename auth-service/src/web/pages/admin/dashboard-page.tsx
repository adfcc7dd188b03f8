import { Hono } from 'hono'
import type { Language } from '../../../platform/i18n/language.ts'
import { message } from '../../../platform/i18n/message.ts'
import type { Service } from '../../../service.ts'
import type { DayStatistics, Statistics } from '../../../users/statistics.ts'
import { page } from '../../components/layout.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage, useRichTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { AdminContext, AdminEnv } from '../../middleware/require-staff.ts'
import { AdminLayout } from './admin-layout.tsx'
import { Chart } from './chart.tsx'

/** `/admin`: charts of the last 30 days. */
export function dashboardPage({ statistics }: Service): Hono<AdminEnv> {
  return new Hono<AdminEnv>().get('/admin', async (c) => {
    const seen = await statistics()
    return wantsJson(c) ? c.json(statisticsOf(seen)) : page(c, 200, <Dashboard c={c} statistics={seen} />)
  })
}

const dayOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10)

const statisticsOf = ({ days, liveSessions, superusers, staff, at }: Statistics) => ({
  at,
  live_sessions: liveSessions,
  superusers,
  staff,
  days: days.map((day) => ({
    day: dayOf(day.at),
    sign_ins: day.signIns,
    failures: day.failures,
    new_people: day.newPeople,
    sessions: day.sessions,
  })),
})

type Name = Exclude<keyof DayStatistics, 'at'>

const CHARTS: readonly { name: Name; title: string; danger?: boolean }[] = [
  { name: 'signIns', title: message('Sign-ins') },
  { name: 'failures', title: message('Failed sign-ins'), danger: true },
  { name: 'newPeople', title: message('New people') },
  { name: 'sessions', title: message('Active sessions by start date') },
]

/** The text of a chart. */
function summaryOf({ say, day }: Language, days: readonly DayStatistics[], name: Name): string {
  const total = days.reduce((sum, day) => sum + day[name], 0)
  const most = days.reduce((best, day) => (day[name] > best[name] ? day : best))
  const today = days.at(-1)?.[name] ?? 0
  const statistics = { total, days: days.length, today }
  return total === 0
    ? say('{total} in the last {days} days, {today} today.', statistics)
    : say('{total} in the last {days} days, {today} today. Peak: {most} on {day}.', {
        ...statistics,
        day: day(most.at),
        most: most[name],
      })
}

const Dashboard = ({ c, statistics }: { c: AdminContext; statistics: Statistics }) => {
  const { days, liveSessions, superusers, staff, at } = statistics
  const language = useLanguage()
  const rich = useRichTranslation()
  const t = language.say
  const today = days.at(-1) as DayStatistics
  return (
    <AdminLayout c={c} title={t('Dashboard')} section="/admin">
      <dl class="counts">
        <Tile name={t('Sign-ins today')} value={today.signIns} />
        <Tile name={t('New people today')} value={today.newPeople} />
        <Tile name={t('Active sessions')} value={liveSessions} />
        <Tile name={t('Staff')} value={staff} href="/admin/people?filter=staff" />
        <Tile name={t('Superusers')} value={superusers} href="/admin/people?filter=superuser" />
      </dl>
      <div class="columns">
        {CHARTS.map(({ name, title, danger }) => (
          <Chart
            id={name}
            title={t(title)}
            summary={summaryOf(language, days, name)}
            bars={days.map((day) => ({ at: day.at, value: day[name] }))}
            danger={danger ?? false}
          />
        ))}
      </div>
      <p class="muted small">
        {rich('Counted at {when}, by UTC days. Updated at most once a minute.', { when: <Time at={at} /> })}
      </p>
    </AdminLayout>
  )
}

const Tile = ({ name, value, href }: { name: string; value: number; href?: string }) => {
  const figure = useLanguage().number(value)
  return (
    <div>
      <dt>{name}</dt>
      <dd>{href ? <a href={href}>{figure}</a> : figure}</dd>
    </div>
  )
}
