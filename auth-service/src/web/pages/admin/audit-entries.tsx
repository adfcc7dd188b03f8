import type { AuditRecord } from '../../../events/audit-log.ts'
import { deviceInWords } from '../../../platform/client/device.ts'
import type { Say } from '../../../platform/i18n/language.ts'
import { message } from '../../../platform/i18n/message.ts'
import { Time } from '../../components/time.tsx'
import { useLanguage, useTranslation } from '../../components/translate.tsx'
import { EVENTS } from '../account/history-section.tsx'

interface AuditEntriesProps {
  readonly entries: readonly AuditRecord[]
  /** The addresses of users in the entries by uuid, omitting deleted ones. */
  readonly emails: ReadonlyMap<string, string>
  /** The time of the request in seconds. */
  readonly now: number
}

/** Entries of the audit log as a table. */
export const AuditEntries = ({ entries, emails, now }: AuditEntriesProps) => {
  const t = useTranslation()
  return entries.length === 0 ? (
    <p class="card">{t('No entries.')}</p>
  ) : (
    <div class="card sheet">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{t('Action')}</th>
            <th scope="col">{t('Subject')}</th>
            <th scope="col">{t('Actor')}</th>
            <th scope="col">{t('Location')}</th>
            <th scope="col">{t('When')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Row entry={entry} emails={emails} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Row = ({
  entry: { at, event, subject, actor, device, details },
  emails,
  now,
}: Omit<AuditEntriesProps, 'entries'> & { entry: AuditRecord }) => {
  const t = useTranslation()
  return (
    <tr>
      <th scope="row">
        {event === 'sign_in_failed' ? t('Sign-in failed') : t(EVENTS[event] ?? event)}
        <Facts details={details} />
      </th>
      <td data-label={t('Subject')}>{subject && <Somebody uuid={subject} emails={emails} />}</td>
      <td data-label={t('Actor')}>
        {actor === null ? (
          <Nobody event={event} />
        ) : actor === subject ? (
          t('The user')
        ) : (
          <Somebody uuid={actor} emails={emails} />
        )}
      </td>
      <td data-label={t('Location')}>
        {device.address && (
          <a href={`/admin/audit?${new URLSearchParams({ address: device.address })}`}>{device.address}</a>
        )}
        {device.userAgent && <span class="muted small under">{t(deviceInWords(device.userAgent))}</span>}
      </td>
      <td data-label={t('When')}>
        <Time at={at} now={now} />
      </td>
    </tr>
  )
}

/** The actor of strangers' attempts is unknown; everything else without a name is the operator's. */
const Nobody = ({ event }: Pick<AuditRecord, 'event'>) => {
  const t = useTranslation()
  return event === 'sign_in_failed' || event === 'refresh_token_reused' ? (
    <span class="muted">{t('Unknown')}</span>
  ) : (
    <span>{t('Operator (command line)')}</span>
  )
}

const Somebody = ({ uuid, emails }: { uuid: string; emails: ReadonlyMap<string, string> }) => {
  const email = emails.get(uuid)
  return email === undefined ? (
    <span class="muted small">{uuid}</span>
  ) : (
    <a href={`/admin/people/${encodeURIComponent(uuid)}`}>{email}</a>
  )
}

/** An entry's details: old and new values, or one fact per line. */
const Facts = ({ details }: Pick<AuditRecord, 'details'>) => {
  const t = useTranslation()
  const language = useLanguage()
  const { before, after, ...rest } = details
  const lines = isRecord(before) && isRecord(after) ? changesInWords(t, before, after) : []
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === 'object') continue
    const isTime = name === 'due_at' && typeof value === 'number'
    lines.push(`${factNamed(t, name)}: ${isTime ? language.moment(value) : shown(t, value)}`)
  }
  return (
    <>
      {lines.map((line) => (
        <span class="muted small under">{line}</span>
      ))}
    </>
  )
}

/** Labels of details by name; unknown ones are shown unchanged. */
const FACTS: Readonly<Record<string, string>> = {
  address: message('address'),
  app: message('app'),
  app_id: message('app id'),
  because: message('because'),
  by: message('by'),
  confirmed: message('confirmed'),
  current: message('current'),
  due_at: message('due at'),
  email: message('email'),
  first_name: message('first name'),
  group: message('group'),
  group_id: message('group id'),
  icon: message('icon'),
  invitation: message('invitation'),
  is_active: message('is active'),
  is_staff: message('is staff'),
  is_superuser: message('is superuser'),
  kid: message('key'),
  last_name: message('last name'),
  member: message('member'),
  members: message('members'),
  name: message('name'),
  next: message('next'),
  origins: message('origins'),
  reason: message('reason'),
  rules: message('rules'),
  start_url: message('start url'),
  state: message('state'),
}

const factNamed = (t: Say, name: string): string => {
  const known = Object.hasOwn(FACTS, name) ? FACTS[name] : undefined
  return known === undefined ? name.replaceAll('_', ' ') : t(known)
}

/** The changed values: forms also send unchanged ones. */
export const changesInWords = (
  t: Say,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string[] =>
  Object.keys(after)
    .filter((name) => String(before[name]) !== String(after[name]))
    .map((name) => `${factNamed(t, name)}: ${shown(t, before[name])} → ${shown(t, after[name])}`)

function shown(t: Say, value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
  return value === '' || value === null ? t('(empty)') : String(value)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
