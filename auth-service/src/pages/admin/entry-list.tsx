import type { AuditRecord } from '../../audit.ts'
import { deviceName } from '../../device.ts'
import { EVENTS } from '../account/history.tsx'
import { When } from '../when.tsx'

interface EntryListProps {
  readonly entries: readonly AuditRecord[]
  /** Addresses of those whom the entries name by their uuid, as far as there still are such people. */
  readonly emails: ReadonlyMap<string, string>
  /** The time of the request in seconds. */
  readonly now: number
}

/** Entries of the audit log, as a table. */
export const EntryList = ({ entries, emails, now }: EntryListProps) =>
  entries.length === 0 ? (
    <p class="card">Nothing here.</p>
  ) : (
    <div class="card sheet">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">To whom</th>
            <th scope="col">By</th>
            <th scope="col">From</th>
            <th scope="col">When</th>
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

const Row = ({
  entry: { at, event, subject, actor, device, details },
  emails,
  now,
}: Omit<EntryListProps, 'entries'> & { entry: AuditRecord }) => (
  <tr>
    <th scope="row">
      {event === 'sign_in_failed' ? 'Sign-in failed' : (EVENTS[event] ?? event)}
      <Facts details={details} />
    </th>
    <td data-label="To whom">{subject && <Somebody uuid={subject} emails={emails} />}</td>
    <td data-label="By">
      {actor === null ? (
        <Nobody event={event} />
      ) : actor === subject ? (
        'Themselves'
      ) : (
        <Somebody uuid={actor} emails={emails} />
      )}
    </td>
    <td data-label="From">
      {device.address}
      {device.userAgent && <span class="muted small under">{deviceName(device.userAgent)}</span>}
    </td>
    <td data-label="When">
      <When at={at} now={now} />
    </td>
  </tr>
)

/** Of what strangers try, nobody knows who it was; all else without a name comes from who runs the service. */
const Nobody = ({ event }: Pick<AuditRecord, 'event'>) =>
  event === 'sign_in_failed' || event === 'refresh_token_reused' ? (
    <span class="muted">Unknown</span>
  ) : (
    <span>The operator</span>
  )

const Somebody = ({ uuid, emails }: { uuid: string; emails: ReadonlyMap<string, string> }) => {
  const email = emails.get(uuid)
  return email === undefined ? (
    <span class="muted small">{uuid}</span>
  ) : (
    <a href={`/admin/people/${encodeURIComponent(uuid)}`}>{email}</a>
  )
}

/** What an entry tells beside its event: what was before and after, or one fact a line. */
const Facts = ({ details }: Pick<AuditRecord, 'details'>) => {
  const { before, after, ...rest } = details
  const lines = isRecord(before) && isRecord(after) ? changes(before, after) : []
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value !== 'object') lines.push(`${name.replaceAll('_', ' ')}: ${value}`)
  }
  return (
    <>
      {lines.map((line) => (
        <span class="muted small under">{line}</span>
      ))}
    </>
  )
}

const changes = (before: Record<string, unknown>, after: Record<string, unknown>): string[] =>
  Object.keys(after).map(
    (name) => `${name.replaceAll('_', ' ')}: ${shown(before[name])} → ${shown(after[name])}`,
  )

const shown = (value: unknown): string =>
  value === true ? 'yes' : value === false ? 'no' : value === '' ? '(empty)' : String(value)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
