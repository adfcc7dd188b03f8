import type { AuditEvent, AuditRecord } from '../../../events/audit-log.ts'
import { deviceInWords } from '../../../platform/client/device.ts'
import { Time } from '../../components/time.tsx'
import { useLanguage, useTranslation } from '../../components/translate.tsx'
import { EVENTS } from '../account/event-words.ts'
import { detailsInWords } from './audit-details.ts'

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
          <Nobody event={event} device={device} details={details} />
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

/** Who acted without an account: a stranger, an app with its credentials, the service itself, or the operator. */
const Nobody = ({ event, device, details }: Pick<AuditRecord, 'event' | 'device' | 'details'>) => {
  const t = useTranslation()
  if (BY_AN_APP.includes(event) && typeof details.app === 'string') return <span>{details.app}</span>
  // The command line has no address.
  const isRemote = device.address !== '' || device.userAgent !== ''
  if (isRemote || BY_A_STRANGER.includes(event)) return <span class="muted">{t('Unknown')}</span>
  const isAutomatic = typeof details.because === 'string' && AUTOMATIC.includes(details.because)
  return <span>{isAutomatic ? t('Automatic') : t('Operator (command line)')}</span>
}

const BY_AN_APP: readonly AuditEvent[] = ['app_token_created', 'api_token_revoked']
/** Their address is not always known. */
const BY_A_STRANGER: readonly AuditEvent[] = ['sign_in_failed', 'refresh_token_reused', 'oidc_token_reused']
/** Why the service acts by itself. */
const AUTOMATIC = ['age', 'unconfirmed']

const Somebody = ({ uuid, emails }: { uuid: string; emails: ReadonlyMap<string, string> }) => {
  const email = emails.get(uuid)
  return email === undefined ? (
    <span class="muted small">{uuid}</span>
  ) : (
    <a href={`/admin/people/${encodeURIComponent(uuid)}`}>{email}</a>
  )
}

/** An entry's details, one per line. */
const Facts = ({ details }: Pick<AuditRecord, 'details'>) => (
  <>
    {detailsInWords(useTranslation(), useLanguage(), details).map((line) => (
      <span class="muted small under">{line}</span>
    ))}
  </>
)
