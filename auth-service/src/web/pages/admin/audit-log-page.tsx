import { Hono } from 'hono'
import type { AuditPage, AuditQuery } from '../../../events/audit-search.ts'
import { unixTime } from '../../../platform/clock.ts'
import { message } from '../../../platform/i18n/message.ts'
import { readAddress } from '../../../platform/net/ip-address.ts'
import { isStorable } from '../../../platform/validation/storable-text.ts'
import type { Service } from '../../../service.ts'
import { page } from '../../components/layout.tsx'
import { Pager } from '../../components/pager.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { AdminContext, AdminEnv } from '../../middleware/require-staff.ts'
import { EVENTS } from '../account/event-words.ts'
import { AdminLayout } from './admin-layout.tsx'
import { AuditEntries } from './audit-entries.tsx'
import { auditEntryJson } from './audit-entry-json.ts'
import { Select } from './select.tsx'

const DAY = 86_400

/** The choice of events for the filter: all, or one. */
const CHOICES = { '': message('All actions'), ...EVENTS }

/** The form's values, as submitted. */
type Filters = Readonly<Record<'event' | 'person' | 'actor' | 'address' | 'from' | 'to', string>>

/** `/admin/audit`: the audit log; a page as JSON with `format=json`, to download. */
export function auditLogPage({ directory, now, searchAudit, users }: Service): Hono<AdminEnv> {
  /** The uuid for a uuid or an address; one without entries if there is no such user. */
  async function uuidOf(text: string): Promise<string | null> {
    if (text === '') return null
    return text.includes('@') ? ((await users.findByEmail(text))?.uuid ?? 'nobody') : text.toLowerCase()
  }

  async function queryOf(filters: Filters, after: string): Promise<AuditQuery> {
    return {
      event: filters.event || null,
      subject: await uuidOf(filters.person),
      actor: await uuidOf(filters.actor),
      address: filters.address === '' ? null : (readAddress(filters.address) ?? filters.address),
      from: midnight(filters.from),
      until: beyondMidnight(filters.to),
      after: after || null,
    }
  }

  return new Hono<AdminEnv>().get('/admin/audit', async (c) => {
    const filters = filtersOf(c)
    const after = textOf(c, 'after')
    const found = await searchAudit(await queryOf(filters, after))
    const file = c.req.query('format') === 'json'
    if (file) c.header('Content-Disposition', 'attachment; filename="audit-log.json"')
    if (file || wantsJson(c)) return c.json({ entries: found.entries.map(auditEntryJson), next: found.next })
    const emails = await directory.emailsOf(found.entries.flatMap(({ subject, actor }) => [subject, actor]))
    const content = { c, filters, after, found, emails, now: unixTime(now) }
    return page(c, 200, <AuditLogPage {...content} />)
  })
}

const textOf = (c: AdminContext, name: string): string => {
  const text = (c.req.query(name) ?? '').trim()
  return isStorable(text) ? text : ''
}

function filtersOf(c: AdminContext): Filters {
  const event = textOf(c, 'event')
  return {
    event: Object.hasOwn(CHOICES, event) ? event : '',
    person: textOf(c, 'person'),
    actor: textOf(c, 'actor'),
    address: textOf(c, 'address'),
    from: dateOf(textOf(c, 'from')),
    to: dateOf(textOf(c, 'to')),
  }
}

const dateOf = (text: string): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : ''

/** A day's first second; `null` for an invalid day. */
const midnight = (date: string): number | null => (date === '' ? null : Date.parse(date) / 1000)
const beyondMidnight = (date: string): number | null => {
  const at = midnight(date)
  return at === null ? null : at + DAY
}

const addressOf = (filters: Filters, more: Record<string, string> = {}): string => {
  const given = Object.entries({ ...filters, ...more }).filter(([, value]) => value !== '')
  return `/admin/audit?${new URLSearchParams(given)}`
}

interface AuditLogPageProps {
  readonly c: AdminContext
  readonly filters: Filters
  readonly after: string
  readonly found: AuditPage
  readonly emails: ReadonlyMap<string, string>
  /** The time of the request in seconds. */
  readonly now: number
}

const AuditLogPage = ({ c, filters, after, found, emails, now }: AuditLogPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={t('Audit log')} section="/admin/audit">
      <search>
        <form class="filters" method="get" action="/admin/audit">
          <Select name="event" label={t('Action')} options={CHOICES} chosen={filters.event} />
          <Text name="person" label={t('Subject')} value={filters.person} hint={t('Email or ID')} />
          <Text name="actor" label={t('Actor')} value={filters.actor} hint={t('Email or ID')} />
          <Text name="address" label={t('Location')} value={filters.address} hint={t('IP address')} />
          <Day name="from" label={t('From (UTC)')} value={filters.from} />
          <Day name="to" label={t('To (UTC)')} value={filters.to} />
          <button class="button quiet" type="submit">
            {t('Show')}
          </button>
        </form>
      </search>
      <AuditEntries entries={found.entries} emails={emails} now={now} />
      <Pager
        start={after === '' ? null : addressOf(filters)}
        next={found.next === null ? null : addressOf(filters, { after: found.next })}
        label={t('Older entries')}
      >
        <a href={addressOf(filters, { after, format: 'json' })}>{t('This page as JSON')}</a>
      </Pager>
    </AdminLayout>
  )
}

interface InputProps {
  readonly name: string
  readonly label: string
  readonly value: string
}

const Text = ({ name, label, value, hint }: InputProps & { readonly hint: string }) => (
  <div class="field">
    <label for={name}>{label}</label>
    <input
      id={name}
      name={name}
      type="text"
      value={value}
      placeholder={hint}
      autocomplete="off"
      autocapitalize="none"
    />
  </div>
)

const Day = ({ name, label, value }: InputProps) => (
  <div class="field">
    <label for={name}>{label}</label>
    <input id={name} name={name} type="date" value={value} />
  </div>
)
