import { type AuditEvent, type AuditRecord, THEFT_NEWS } from '../../audit.ts'
import { deviceName } from '../../device.ts'
import { type PlaceOf, whereabouts } from '../../places.ts'
import { Alert } from '../form.tsx'
import { When } from '../when.tsx'

/** What happened, in words. */
export const EVENTS: Record<AuditEvent, string> = {
  registered: 'Account created',
  signed_in: 'Signed in',
  sign_in_failed: 'Sign-in failed: wrong password',
  signed_out: 'Signed out',
  session_replaced: 'Signed in anew, in place of the sign-in before',
  session_ended: 'Signed out another device',
  other_sessions_ended: 'Signed out all other devices',
  all_sessions_ended: 'Signed out everywhere',
  refresh_token_reused: 'Somebody used an old copy of a sign-in, so we ended that sign-in',
  switched_off: 'Account switched off',
  switched_on: 'Account switched on',
  rights_changed: 'Rights changed',
  deletion_requested: 'Deletion of the account requested',
  deletion_cancelled: 'Deletion of the account cancelled by signing in',
  email_confirmed: 'E-mail address confirmed',
  email_change_requested: 'Change of the e-mail address asked for',
  email_changed: 'E-mail address changed',
  names_changed: 'Name changed',
  password_changed: 'Password changed',
  password_refused: 'Change refused: wrong password',
  password_reset_requested: 'New password asked for by mail',
  password_reset: 'New password chosen by mail',
  sign_in_mail_requested: 'Sign-in by mail asked for',
  deleted: 'Account deleted',
  group_created: 'Group created',
  group_renamed: 'Group renamed',
  group_deleted: 'Group deleted',
  group_joined: 'Added to a group',
  group_left: 'Taken out of a group',
  app_created: 'App registered',
  app_changed: 'App changed',
  app_deleted: 'App removed',
  invited: 'Somebody invited',
  invitation_resent: 'Invitation sent again',
  invitation_revoked: 'Invitation withdrawn',
  invitation_accepted: 'Came by an invitation',
  imported: 'Account brought over from another system',
  keys_rotated: 'Signing keys rotated',
  key_removed: 'Signing key removed',
}

interface HistoryProps {
  readonly history: readonly AuditRecord[]
  /** The time of the request in seconds. */
  readonly now: number
  readonly placeOf: PlaceOf
}

/** Says so at the top of the page where a sign-in was stolen lately. */
export const TheftAlert = ({ history, now }: Pick<HistoryProps, 'history' | 'now'>) =>
  history.some(({ event, at }) => event === 'refresh_token_reused' && now - at < THEFT_NEWS) ? (
    <Alert>
      Somebody used an old copy of one of your sign-ins, so we ended it. See below under{' '}
      <a href="#security">Security</a>, and sign out whatever you don’t recognise.
    </Alert>
  ) : null

/** What happened to the account lately. */
export const History = ({ history, now, placeOf }: HistoryProps) => (
  <section class="card" aria-labelledby="security">
    <div class="heading">
      <h2 id="security">Security</h2>
      <p class="muted">What happened to your account lately.</p>
    </div>
    <ul class="rows">
      {history.map((record) => (
        <HistoryRow record={record} now={now} placeOf={placeOf} />
      ))}
    </ul>
  </section>
)

interface HistoryRowProps extends Omit<HistoryProps, 'history'> {
  readonly record: AuditRecord
}

const HistoryRow = ({ record, now, placeOf }: HistoryRowProps) => {
  const theft = record.event === 'refresh_token_reused'
  const device = affected(record)
  const from = device && whereabouts(device.address, placeOf)
  return (
    <li>
      <div>
        <p>
          <strong>{inWords(record)}</strong> {theft && <span class="badge danger">Warning</span>}
        </p>
        <p class="muted small">
          <When at={record.at} now={now} />
          {device && ` · ${deviceName(device.userAgent)}`}
          {from && ` · ${from}`}
        </p>
      </div>
    </li>
  )
}

function inWords({ event, subject, actor, details }: AuditRecord): string {
  if (event === 'sign_in_failed' && details.reason === 'switched_off') return 'Sign-in failed: switched off'
  if (details.group !== undefined) return `${EVENTS[event]}: ${details.group}`
  if (event === 'sign_in_failed' && details.reason === 'unconfirmed') {
    return 'Sign-in failed: e-mail address not confirmed'
  }
  if (event === 'signed_in' && (details.by === 'link' || details.by === 'code')) return 'Signed in by mail'
  const byOperator = actor !== subject && event.endsWith('_ended')
  return byOperator ? `${EVENTS[event]}, by the people who run this service` : EVENTS[event]
}

/**
 * The device that it happened to or, where nothing happens to any, that did it. Of a theft, too: the old copy may come
 * by way of an app, whose own address would tell people nothing.
 */
function affected({ device, details }: AuditRecord): { userAgent: string; address: string } | null {
  const session = details.session as { user_agent: string; address: string } | undefined
  if (session) return { userAgent: session.user_agent, address: session.address }
  return device.userAgent === '' && device.address === '' ? null : device
}
