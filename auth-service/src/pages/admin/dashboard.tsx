import { Hono } from 'hono'
import { createFigures, type DayFigures, type Figures } from '../../figures.ts'
import type { AdminContext, AdminEnv } from '../../http/live-admin.ts'
import { wantsJson } from '../../http/negotiation.ts'
import type { Service } from '../../service.ts'
import { page } from '../layout.tsx'
import { When } from '../when.tsx'
import { Chart } from './chart.tsx'
import { AdminFrame } from './frame.tsx'

/** `/admin`: what the service did in the last 30 days, in charts. */
export function dashboardPage(service: Service): Hono<AdminEnv> {
  const figures = createFigures(service)
  return new Hono<AdminEnv>().get('/admin', async (c) => {
    const seen = await figures()
    return wantsJson(c) ? c.json(figuresOf(seen)) : page(c, 200, <Dashboard c={c} figures={seen} />)
  })
}

const dayOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10)

const figuresOf = ({ days, liveSessions, superusers, staff, at }: Figures) => ({
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

type Name = Exclude<keyof DayFigures, 'at'>

const CHARTS: readonly { name: Name; title: string; danger?: boolean }[] = [
  { name: 'signIns', title: 'Sign-ins' },
  { name: 'failures', title: 'Failed sign-ins', danger: true },
  { name: 'newPeople', title: 'New people' },
  { name: 'sessions', title: 'Active sessions, by the day they began' },
]

const number = (value: number): string => value.toLocaleString('en')

/** What a chart says. */
function summaryOf(days: readonly DayFigures[], name: Name): string {
  const total = days.reduce((sum, day) => sum + day[name], 0)
  const most = days.reduce((best, day) => (day[name] > best[name] ? day : best))
  const today = days.at(-1)?.[name] ?? 0
  const peak = total === 0 ? '' : `; the most on ${dayOf(most.at)}: ${number(most[name])}`
  return `${number(total)} in the last ${days.length} days, ${number(today)} today${peak}.`
}

const Dashboard = ({ c, figures }: { c: AdminContext; figures: Figures }) => {
  const { days, liveSessions, superusers, staff, at } = figures
  const today = days.at(-1) as DayFigures
  return (
    <AdminFrame c={c} title="Dashboard" section="/admin">
      <dl class="tiles">
        <Tile name="Sign-ins today" value={today.signIns} />
        <Tile name="New people today" value={today.newPeople} />
        <Tile name="Active sessions" value={liveSessions} />
        <Tile name="Staff" value={staff} href="/admin/people?filter=staff" />
        <Tile name="Superusers" value={superusers} href="/admin/people?filter=superuser" />
      </dl>
      <div class="columns">
        {CHARTS.map(({ name, title, danger }) => (
          <Chart
            id={name}
            title={title}
            summary={summaryOf(days, name)}
            bars={days.map((day) => ({ day: dayOf(day.at), value: day[name] }))}
            danger={danger ?? false}
          />
        ))}
      </div>
      <p class="muted small">
        Counted at <When at={at} />, by days in UTC; at most once a minute.
      </p>
    </AdminFrame>
  )
}

const Tile = ({ name, value, href }: { name: string; value: number; href?: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{href ? <a href={href}>{number(value)}</a> : number(value)}</dd>
  </div>
)
