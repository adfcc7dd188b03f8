import { type AuditEvent, type AuditRecord, REUSE_NEWS } from '../../../events/audit-log.ts'
import { deviceInWords } from '../../../platform/client/device.ts'
import { describeLocation, type Locate } from '../../../platform/client/geoip.ts'
import { type Message, message } from '../../../platform/i18n/message.ts'
import { Alert } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage, useRichTranslation, useTranslation } from '../../components/translate.tsx'

/** The event in words. */
export const EVENTS: Record<AuditEvent, string> = {
  registered: message('Account created'),
  signed_in: message('Signed in'),
  sign_in_failed: message('Sign-in failed: wrong password'),
  signed_out: message('Signed out'),
  session_replaced: message('Signed in again, which replaced the previous session'),
  session_ended: message('Signed out another device'),
  surplus_session_ended: message('Signed out the device that was unused the longest (limit: 100 devices)'),
  other_sessions_ended: message('Signed out all other devices'),
  all_sessions_ended: message('Signed out everywhere'),
  refresh_token_reused: message('Session ended because someone used an old copy of it'),
  switched_off: message('Account disabled'),
  switched_on: message('Account enabled'),
  rights_changed: message('Rights changed'),
  deletion_requested: message('Account deletion requested'),
  deletion_cancelled: message('Account deletion cancelled'),
  email_confirmed: message('Email address confirmed'),
  confirmation_mailed: message('Link to confirm the email address sent'),
  email_change_requested: message('Email address change requested'),
  email_changed: message('Email address changed'),
  names_changed: message('Name changed'),
  password_changed: message('Password changed'),
  password_refused: message('Change refused: wrong password'),
  password_dropped: message('Email address confirmed; the old password no longer works'),
  password_reset_requested: message('Password reset requested'),
  password_link_made: message('Password reset link created by an administrator'),
  password_reset: message('Password reset by email'),
  sign_in_mail_requested: message('Sign-in by email requested'),
  deleted: message('Account deleted'),
  group_created: message('Group created'),
  group_renamed: message('Group renamed'),
  group_deleted: message('Group deleted'),
  group_joined: message('Added to a group'),
  group_left: message('Removed from a group'),
  app_created: message('App registered'),
  app_changed: message('App changed'),
  app_deleted: message('App removed'),
  app_rules_changed: message('Rules of an app changed'),
  app_secret_created: message('Credentials of an app created'),
  app_secret_revoked: message('Credentials of an app revoked'),
  oidc_client_changed: message('OpenID Connect settings of an app changed'),
  oidc_client_removed: message('OpenID Connect settings of an app removed'),
  oidc_consent_given: message('Allowed an app to see data of the account'),
  oidc_consent_withdrawn: message('Access of an app withdrawn'),
  oidc_token_reused: message('Signed out of an app because someone used an old copy of its token'),
  saml_provider_changed: message('SAML settings of an app changed'),
  saml_provider_removed: message('SAML settings of an app removed'),
  saml_key_added: message('Next SAML key created'),
  saml_keys_rotated: message('SAML key replaced'),
  saml_key_removed: message('SAML key removed'),
  api_token_created: message('API token created'),
  api_token_revoked: message('API token revoked'),
  api_tokens_revoked: message('All API tokens revoked'),
  app_token_created: message('An app got a token for itself'),
  device_allowed: message('Device without a browser allowed'),
  device_denied: message('Device without a browser denied'),
  invited: message('Invitation sent'),
  invitation_resent: message('Invitation sent again'),
  invitation_revoked: message('Invitation withdrawn'),
  invitation_accepted: message('Invitation accepted'),
  imported: message('Account imported from another system'),
  keys_rotated: message('Signing keys rotated'),
  key_removed: message('Signing key removed'),
}

const WITH_GROUP = {
  group_joined: message('Added to a group: {group}'),
  group_left: message('Removed from a group: {group}'),
}

const BY_OPERATOR = {
  deletion_requested: message('Account deletion scheduled by an administrator'),
  deletion_cancelled: message('Account deletion cancelled by an administrator'),
  email_confirmed: message('Email address confirmed by an administrator'),
  session_ended: message('Another device signed out by an administrator'),
  other_sessions_ended: message('All other devices signed out by an administrator'),
  all_sessions_ended: message('Signed out everywhere by an administrator'),
}

interface HistoryProps {
  readonly history: readonly AuditRecord[]
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
}

/** A warning at the top of the page after recent token reuse. */
export const TokenReuseAlert = ({ history, now }: Pick<HistoryProps, 'history' | 'now'>) => {
  const rich = useRichTranslation()
  return history.some(({ event, at }) => event === 'refresh_token_reused' && now - at < REUSE_NEWS) ? (
    <Alert>
      {rich(
        'Someone used an old copy of one of your sessions, so we ended that session. See <a>Security</a> below, and sign out any device you don’t recognise.',
        { a: (words) => <a href="#security">{words}</a> },
      )}
    </Alert>
  ) : null
}

/** Recent events of the account. */
export const HistorySection = ({ history, now, locate }: HistoryProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="security">
      <div class="heading">
        <h2 id="security">{t('Security')}</h2>
        <p class="muted">{t('Recent activity in your account.')}</p>
      </div>
      <Lines lines={shownOf(linesOf(history))} now={now} locate={locate} />
      <p>
        <a href="/account/history">{t('All activity')}</a>
      </p>
    </section>
  )
}

/** All of these events, one line each. */
export const HistoryList = ({ history, ...props }: HistoryProps) => (
  <Lines lines={history.map((record) => ({ last: record, all: [record] }))} {...props} />
)

/** Consecutive failures of one kind, or one other event. */
interface Line {
  readonly last: AuditRecord
  readonly all: readonly AuditRecord[]
}

/** Events that strangers can cause at will. */
const FAILURES: ReadonlySet<AuditEvent> = new Set(['sign_in_failed', 'password_refused'])
const SHOWN = 10

function linesOf(history: readonly AuditRecord[]): Line[] {
  const lines: Line[] = []
  for (const record of history) {
    const above = lines.at(-1)
    if (above && FAILURES.has(record.event) && String(inWords(above.last)) === String(inWords(record))) {
      lines[lines.length - 1] = { last: above.last, all: [...above.all, record] }
    } else lines.push({ last: record, all: [record] })
  }
  return lines
}

/** The latest, and all token reuse. */
const shownOf = (lines: readonly Line[]): Line[] =>
  lines.filter((line, at) => at < SHOWN || isTokenReuse(line.last))

const isTokenReuse = ({ event }: AuditRecord): boolean => event === 'refresh_token_reused'

const Lines = ({ lines, ...props }: Omit<HistoryProps, 'history'> & { lines: readonly Line[] }) => (
  <ul class="rows">
    {lines.map((line) => (
      <HistoryRow line={line} {...props} />
    ))}
  </ul>
)

interface HistoryRowProps extends Omit<HistoryProps, 'history'> {
  readonly line: Line
}

const HistoryRow = ({ line: { last, all }, now, locate }: HistoryRowProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const device = deviceOfAll(all)
  const from = device && describeLocation(device.address, locate, useLanguage().code)
  const what = t(inWords(last))
  const count = all.length
  const first = all.at(-1)?.at ?? last.at
  return (
    <li>
      <div>
        <p>
          <strong>{count === 1 ? what : t('{what}, {count} {count:time|times}', { what, count })}</strong>{' '}
          {isTokenReuse(last) && <span class="badge danger">{t('Warning')}</span>}
        </p>
        <p class="muted small">
          {count === 1 ? (
            <Time at={last.at} now={now} />
          ) : (
            rich('{first} to {last}', { first: <Time at={first} />, last: <Time at={last.at} now={now} /> })
          )}
          {device && ` · ${t(deviceInWords(device.userAgent))}`}
          {from && ` · ${from}`}
        </p>
      </div>
    </li>
  )
}

/** The device of all of these, if it is the same. */
function deviceOfAll(records: readonly AuditRecord[]): Affected | null {
  const devices = records.map(affected)
  const [one = null] = devices
  const isSame = (other: Affected | null) =>
    other?.userAgent === one?.userAgent && other?.address === one?.address
  return devices.every(isSame) ? one : null
}

function inWords({ event, subject, actor, details }: AuditRecord): Message {
  if (typeof details.group === 'string' && Object.hasOwn(WITH_GROUP, event)) {
    return message(WITH_GROUP[event as keyof typeof WITH_GROUP], { group: details.group })
  }
  if (event === 'sign_in_failed' && details.reason === 'switched_off') {
    return message('Sign-in failed: account disabled')
  }
  if (event === 'sign_in_failed' && details.reason === 'unconfirmed') {
    return message('Sign-in failed: email address not confirmed')
  }
  if (event === 'sign_in_failed' && details.reason === 'wrong_code') {
    return message('Sign-in failed: wrong code')
  }
  if (event === 'password_refused' && details.reason === 'wrong_code') {
    return message('Change refused: wrong code')
  }
  if (event === 'signed_in' && (details.by === 'link' || details.by === 'code')) {
    return message('Signed in by email')
  }
  if (event === 'deletion_cancelled' && actor === subject) {
    return message('Account deletion cancelled by signing in')
  }
  return actor !== subject && Object.hasOwn(BY_OPERATOR, event)
    ? BY_OPERATOR[event as keyof typeof BY_OPERATOR]
    : EVENTS[event]
}

interface Affected {
  readonly userAgent: string
  readonly address: string
}

/**
 * The affected device, or the acting one if none is affected. For token reuse, too: the old copy may come through an
 * app, whose address would not help.
 */
function affected({ device, details }: AuditRecord): Affected | null {
  const session = details.session as { user_agent: string; address: string } | undefined
  if (session) return { userAgent: session.user_agent, address: session.address }
  return device.userAgent === '' && device.address === '' ? null : device
}
